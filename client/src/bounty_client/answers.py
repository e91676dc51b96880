"""What the site answers, as it stands in the JSON. Times are ISO 8601 texts in UTC."""

from typing import Any, Generic, NotRequired, TypedDict, TypeVar

Row = TypeVar("Row")


class Page(TypedDict, Generic[Row]):
    """Some rows of a list; ``next`` is the address of those after them."""

    next: str | None
    previous: str | None
    results: list[Row]


class Token(TypedDict):
    id: int
    name: str
    hint: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None
    token: NotRequired[str]  # only in the answer that makes it


class CompetitionSummary(TypedDict):
    url: str
    slug: str
    title: str
    summary: str
    state: str
    visibility: str
    is_open: bool
    opens_at: str | None
    closes_at: str | None
    task: str
    loss: str
    harm: str
    licence: str
    content_warning: str


class Rules(TypedDict):
    version: int
    text: str
    mode: str
    opening: str
    require_repair: bool
    require_underperformance: bool
    underperformance_margin: float
    max_group_weight: float
    min_group_rows: int
    candidates_per_round: int
    round_cap: int
    submissions_per_day: int
    submissions_in_all: int | None
    submissions_in_flight: int
    max_team_members: int
    limits: dict[str, dict[str, int]]
    repair_slack_rows: int
    delta: float
    epsilon: float | None
    rejections_between: str
    rejections_within: float | None


class Ledger(TypedDict):
    delta: float
    tests: int
    spent: float
    next_level: float


class Competition(CompetitionSummary):
    organiser: str
    description: str
    source: str
    created_at: str
    closed_at: str | None
    label: str
    classes: list[Any]
    positive_label: Any
    unit: str
    row_weight: str
    value_low: float | None
    value_high: float | None
    largest_error: float | None
    model_column: str
    candidate_columns: list[str]
    teams_merge_until: str | None
    round_times: list[str]
    rules: Rules
    ledger: Ledger
    close_report: dict[str, Any] | None


class Team(TypedDict):
    id: int
    competition: str
    name: str
    members: list[str]
    created_at: str


class Column(TypedDict):
    name: str
    role: str
    kind: str
    demographic: bool
    description: str
    missing_share: float
    summary: dict[str, Any]


class Columns(TypedDict):
    columns: list[Column]


class Split(TypedDict):
    name: str
    public: bool
    rows: int
    units: int | None
    size_bytes: int | None
    sha256: str | None
    downloads: dict[str, str]


class Splits(TypedDict):
    splits: list[Split]


class Interval(TypedDict):
    estimate: float | None
    low: float | None
    high: float | None
    method: str


class Preview(TypedDict):
    text: str
    words: str
    rows: int
    n: int
    weight: float
    version: int
    loss: Interval
    rest_loss: Interval
    harm_name: str
    harm: Interval
    rest_harm: Interval


class Quota(TypedDict):
    limit: int
    used: int
    left: int
    in_all: int
    in_all_limit: int | None
    left_in_all: int | None
    resets_at: str
    in_flight: int
    in_flight_limit: int


class Verdict(TypedDict):
    outcome: str
    code: str
    fault: str
    sentence: str
    documentation: str
    version: int
    attempt: int
    judged_at: str
    score: float | None
    passes_gate: bool
    numbers: dict[str, Any]
    log: str


class Group(TypedDict):
    kind: str
    text: str
    source_sha256: str | None


class Patch(TypedDict):
    kind: str
    column: str
    source_sha256: str | None
    recipe: Any


class SubmissionSummary(TypedDict):
    url: str
    id: int
    competition: str
    team: str
    sent_by: str | None
    sent_at: str
    title: str
    group: Group
    patch: Patch
    status: str
    is_final: bool
    waits_for: str
    finished_at: str | None
    verdict: Verdict | None


class Progress(TypedDict):
    """An event of a submission's stream: how it stands, without its numbers."""

    id: NotRequired[int]
    status: NotRequired[str]
    step: NotRequired[int]
    ahead: NotRequired[int | None]
    waits_for: NotRequired[str]
    is_final: NotRequired[bool]
    verdict: NotRequired[dict[str, Any] | None]


class Certificate(TypedDict):
    id: int
    digest: str
    issued_at: str
    version: int
    body: dict[str, Any]
    sealed: dict[str, Any] | None


class Merge(TypedDict):
    before: int
    after: int
    repairs: list[Any]
    merged_at: str
    rescored_at: str | None
    marginal_reward: float | None


class Submission(SubmissionSummary):
    note: str
    attempts: int
    duplicate_of: int | None
    verdicts: list[Verdict]
    certificate: Certificate | None
    merge: Merge | None
    links: dict[str, str]


class Standing(TypedDict):
    rank: int
    team: str
    certified: int
    merged: int
    certified_gain: float
    provisional_gain: float
    scored: int
    sent: int
    last_at: str | None
    best: int | None
    marginal_reward: float | None


class Board(TypedDict):
    competition: str
    state: str
    version: int
    standings: list[Standing]


class Candidate(TypedDict):
    position: int
    submission: int
    team: str
    group: str | None
    provisional_score: float
    version: int | None
    t: int | None
    chance: float | None
    q: float | None
    level: float | None
    spent_before: float | None
    spent_after: float | None
    passed: bool | None
    sent_back: str
    tested_at: str | None


class Round(TypedDict):
    number: int
    state: str
    opened_at: str
    finished_at: str | None
    candidates: list[Candidate]


class CertificateSummary(TypedDict):
    url: str
    closing_url: str | None
    id: int
    digest: str
    issued_at: str
    submission: int
    version: int


class Prediction(TypedDict):
    prediction: Any
    version: int
    node: int | None
    submission: int | None


class Predictions(TypedDict):
    version: int
    predictions: list[Prediction]


class Node(TypedDict):
    place: int
    kind: str
    group: str | None
    group_kind: str | None
    group_submission: int | None
    team: str | None
    patch_kind: str | None
    patch_submission: int | None
    version: int | None


class DecisionList(TypedDict):
    version: int
    nodes: list[Node]
    initial: dict[str, Any]


class VersionSummary(TypedDict):
    number: int
    published_at: str
    nodes_count: int
    overall: dict[str, Any] | None


class Version(VersionSummary):
    recipe: dict[str, Any]
    nodes: list[dict[str, Any]]
    answers_sha256: str
    sha256: str
    groups: list[dict[str, Any]]
