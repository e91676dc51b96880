"""competition.yaml: what it must say, checked key by key; unknown keys are refused."""

import copy
import difflib
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from bounty.bundle.document import NAME, Document, Key
from bounty.bundle.faults import BundleFault
from scoring.harms import Harm
from scoring.losses import Loss, Task
from scoring.merge import Mode

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=50_000)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class Columns(_Section):
    """Which columns entrants' code is given, and which of them describe people."""

    demographic: list[ColumnName] = []
    features: Literal["all"] | list[ColumnName] = "all"


class Splits(_Section):
    """The file of each split; that train, holdout and sealed are there is checked with the files."""

    train: str | None = None
    validation: str | None = None
    holdout: str | None = None
    guard: str | None = None
    sealed: str | None = None


class SklearnModel(_Section):
    """A hosted model trained at import; what may stand here is decided by scoring.recipes."""

    kind: Literal["sklearn"]
    estimator: str
    params: dict[str, JsonValue] = {}


class PredictionsModel(_Section):
    """A hosted model known by its column of predictions, with other systems' columns to route to."""

    kind: Literal["predictions"]
    column: ColumnName
    candidates: list[ColumnName] = []


class FalseRejections(_Section):
    """What the platform's own patches are held to: rates ``within`` so much of each other between a column's groups."""

    between: ColumnName
    within: Annotated[float, Field(strict=True, gt=0, lt=1)]


class Rules(_Section):
    """What a claim must show, and how often one may ask."""

    mode: Mode = Mode.CERTIFIED
    opening: Literal["rounds", "close"] = "rounds"
    require: Annotated[list[Literal["repair", "underperformance"]], Field(min_length=1, max_length=2)] = ["repair"]
    underperformance_margin: Share = 0.0
    max_group_weight: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.5
    min_group_rows: Count = 150
    candidates_per_round: Count = 5
    round_cap: Count = 40
    submissions_per_day: Count = 50
    submissions_in_all: Count | None = None
    submissions_in_flight: Count = 20
    max_team_members: Count = 5
    repair_slack_rows: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 0
    false_rejections: FalseRejections | None = None
    limits: dict[str, dict[str, JsonValue]] = {}  # what may stand here is decided by scoring.sandbox.lowered
    delta: Annotated[float, Field(strict=True, ge=1e-6, le=0.5)] = 0.05
    epsilon: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = None
    text: Text = ""


class Draft(_Section):
    """The keys that could be read, whatever the others say: enough to go on and find the other faults."""

    format: Literal[1] | None = None
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:-?[a-z0-9])*$", max_length=50)] | None = None
    title: Line | None = None
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)] | None = None
    description: Text = ""
    content_warning: Annotated[str, StringConstraints(max_length=200)] = ""
    licence: Line | None = None
    source: Annotated[str, StringConstraints(max_length=300)] = ""
    task: Task | None = None
    label: ColumnName | None = None
    positive_label: Annotated[str, StringConstraints(max_length=100)] | int | None = None
    label_range: tuple[float, float] | None = None
    largest_error: Annotated[float, Field(strict=False, gt=0)] | None = None
    id: ColumnName | None = None
    unit: ColumnName | None = None
    row_weight: ColumnName | None = None
    loss: Loss | None = None
    harm: Harm | None = None
    columns: Columns = Columns()
    splits: Splits = Splits()
    model: Annotated[SklearnModel | PredictionsModel, Field(discriminator="kind")] | None = None
    rules: Rules = Rules()
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    teams_merge_until: AwareDatetime | None = None
    round_times: Annotated[list[AwareDatetime], Field(max_length=200)] = []
    visibility: Literal["public", "private"] = "public"

    @property
    def prediction_columns(self) -> list[str]:
        """The hosted column, then the candidates; empty where the model is trained at import."""
        if isinstance(self.model, PredictionsModel):
            return [self.model.column, *self.model.candidates]
        return []


REQUIRED: Final = (
    "format", "slug", "title", "summary", "licence", "task", "label", "id", "loss", "harm", "splits", "model",
)  # fmt: skip


CODES: Final = {"missing": "KEY_MISSING", "extra_forbidden": "KEY_UNKNOWN", "invalid_key": "KEY_UNKNOWN"}
MESSAGES: Final = {  # where pydantic's own words do not go on from "must be"
    "string_type": "text",
    "string_too_short": "text, and not empty",
    "string_too_long": "shorter text",
    "string_pattern_mismatch": "lower-case letters, digits and single hyphens",
    "too_short": "a list that is not empty",
    "too_long": "a shorter list",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "datetime_from_date_parsing": "a date and a time with its zone, as 2026-01-31T12:00:00Z",
    "datetime_parsing": "a date and a time with its zone, as 2026-01-31T12:00:00Z",
    "timezone_aware": "a date and a time with its zone, as 2026-01-31T12:00:00Z",
}
KNOWN: Final = tuple(
    name
    for section in (Draft, Columns, Splits, SklearnModel, PredictionsModel, Rules, FalseRejections)
    for name in section.model_fields
)


class Manifest(Draft):
    """All of competition.yaml, found in order."""

    slug: str
    title: Line
    summary: str
    licence: Line
    task: Task
    label: ColumnName
    id: ColumnName
    loss: Loss
    harm: Harm
    model: Annotated[SklearnModel | PredictionsModel, Field(discriminator="kind")]

    @classmethod
    def of(cls, draft: Draft) -> Self:
        return cls.model_validate(draft.model_dump())


def read(document: Document) -> tuple[Draft, list[BundleFault]]:
    """What the document says, and what is wrong with it. A key at fault is left out of the draft."""
    missing = [key for key in REQUIRED if document.values.get(key) is None]
    faults = [_fault(document, (key,), "KEY_MISSING", f"The key {key} is missing.") for key in missing]
    values: Any = copy.deepcopy(document.values)
    first = True
    while True:
        try:
            return Draft.model_validate(values), faults
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            if first:  # later rounds only find what the pruning itself has left incomplete
                faults += _explain(document, values, problems)
                first = False
            _prune(values, problems[-1]["loc"])


def _explain(document: Document, values: Any, problems: list[ErrorDetails]) -> list[BundleFault]:
    """One fault a key; a key that fits no member of a union has one problem for each, joined by "or"."""
    by_key: dict[tuple[Key, str], list[str]] = {}
    for problem in problems:
        key = _reach(values, problem["loc"])
        if problem["type"] == "missing":
            key = (*key, problem["loc"][-1])
        if problem["type"] in {"union_tag_invalid", "union_tag_not_found"}:
            key, problem["msg"] = (*key, "kind"), "sklearn or predictions"
        code = CODES.get(problem["type"], "VALUE_WRONG")
        message = MESSAGES.get(problem["type"], problem["msg"].removeprefix("Input should be "))
        by_key.setdefault((key, code), []).append(message)
    inner = {key[:-1] for key, _ in by_key}  # a list with a wrong item is told by its item, not as a whole
    return [
        _fault(document, key, code, _sentence(key, code, messages))
        for (key, code), messages in by_key.items()
        if key not in inner
    ]


def _sentence(key: Key, code: str, messages: list[str]) -> str:
    name = ".".join(str(part) for part in key)
    if code == "KEY_MISSING":
        return f"The key {name} is missing."
    if code == "KEY_UNKNOWN":
        close = difflib.get_close_matches(str(key[-1]), KNOWN, n=1)
        return f"The key {name} is not known.{f' Did you mean {close[0]}?' if close else ''}"
    return f"{name} must be {' or '.join(dict.fromkeys(messages))}."


def _reach(values: Any, location: Key) -> Key:
    """The part of ``location`` that is there; names of union members stand in it too and are passed by."""
    key: list[int | str] = []
    for part in location:
        if part in (values if isinstance(values, dict) else range(len(values)) if isinstance(values, list) else ()):
            key.append(part)
            values = values[part]
    return tuple(key)


def _prune(values: Any, location: Key) -> None:
    """Take out the deepest thing that ``location`` reaches."""
    *above, last = _reach(values, location)
    for part in above:
        values = values[part]  # a list by number, a mapping by name
    del values[last]


def _fault(document: Document, key: Key, code: str, sentence: str) -> BundleFault:
    return BundleFault(NAME, document.line(key), ".".join(str(part) for part in key), code, sentence)
