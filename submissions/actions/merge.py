"""Put a certified pair into the hosted model: a leaf, the repairs it needs, a new immutable version."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bounty import arrays, clock, evidence
from bounty.models import Competition, HostedModelVersion
from scoring.decision_list import EVERYONE, DecisionList, Leaf, Node, Pointer, apply_node
from scoring.errors import BudgetSpentError
from scoring.merge import ListState, MergeOutcome, Mode, accept_budget
from scoring.types import Answers, Bools
from scoring.undo import Rules
from submissions import queue
from submissions.line import line_of, patches_of
from submissions.models import Certificate, Merge, Submission
from submissions.pairs import hidden_pair, public_pair
from submissions.webhooks import tell_version


@dataclass(frozen=True)
class Protected:
    """The pairs that are in the model, in merge order, and the line of versions that they make: what the next merge
    builds on. Version 0 of the line is a first one, and pair i made version i + 1 of it; their published numbers are
    the same as long as nothing was undone."""

    submissions: list[Submission]
    versions: list[HostedModelVersion]

    @property
    def head(self) -> HostedModelVersion:
        return self.versions[-1]


def merge(competition: Competition, certificate: Certificate) -> Merge:
    """Merge the certificate's pair into the head. The caller holds the competition's lock and a transaction.

    Repairs are decided on the guard split (ALGORITHMS 4); pointer nodes keep every protected group, the new one
    included, as good there as under every earlier version.
    """
    submission = certificate.candidate.submission
    protected = load_protected(competition)
    after, repairs = publish_with(competition, protected, submission)
    made = Merge.objects.create(
        competition=competition,
        submission=submission,
        certificate=certificate,
        before=protected.head,
        after=after.head,
        repairs=repairs,
        woken_at=None,
    )
    tell_version(after.head)
    queue.wake(queue.RESCORE, made.pk)
    return made


def publish_with(
    competition: Competition, protected: Protected, submission: Submission
) -> tuple[Protected, list[dict[str, object]]]:
    """A new version: the submission's pair upon ``protected``, with the repairs it needs there. The line it ends, and
    the repairs. The caller holds the competition's lock."""
    rules = rules_of(competition)
    outcome = rules.merge(list_state(protected), engine_pair(submission))
    check_room(competition, len(outcome.nodes), rules)
    order = [*protected.submissions, submission]
    after = _publish(competition, protected, outcome, order)
    return Protected(order, [*protected.versions, after]), [
        node_json(node, order, protected.versions) for node in outcome.repairs
    ]


def has_room_for(competition: Competition, submission: Submission) -> bool:
    """Whether theorem mode may accept the submission's pair and the repairs it needs; other modes do not count them.
    Nothing of the sealed split is asked for it."""
    rules = rules_of(competition)
    if rules.mode is not Mode.THEOREM:
        return True
    try:
        outcome = rules.merge(list_state(load_protected(competition)), engine_pair(submission))
        check_room(competition, len(outcome.nodes), rules)
    except BudgetSpentError:
        return False
    return True


def check_room(competition: Competition, accepts: int, rules: Rules) -> None:
    """Raises BudgetSpentError where theorem mode may not make so many more."""
    if rules.mode is Mode.THEOREM and accepts_made(competition) + accepts > accept_budget(rules.epsilon):
        raise BudgetSpentError("The accepts that epsilon allows are used up.")


def accepts_made(competition: Competition) -> int:
    """Every node that was ever accepted: what is out of the model again has been answered all the same, and what
    theorem mode spent stays spent. A version that was published again by a roll back asked nothing."""
    made = {}
    for version in competition.versions.select_related("base").order_by("number"):
        before = version.base.nodes if version.base else []
        made[version.base_id, json.dumps(version.nodes)] = len(version.nodes) - len(before)
    return sum(made.values())


def rules_of(competition: Competition) -> Rules:
    """What its merges go by. Repairs are decided on the guard rows; answers are kept for the whole pool."""
    rows = evidence.guard_rows(competition)
    return Rules(
        sample=evidence.pooled_sample(competition),
        mode=Mode(competition.mode),
        rows=np.arange(rows.start, rows.stop),
        slack_rows=competition.repair_slack_rows,
        epsilon=competition.epsilon,
    )


def engine_pair(submission: Submission) -> tuple[Bools, Answers]:
    pair = hidden_pair(submission)
    return pair.mask, pair.answers


def load_protected(competition: Competition, head: HostedModelVersion | None = None) -> Protected:
    """The line that ends with ``head``, by default the newest version: what answers now."""
    published = list(competition.versions.order_by("number"))
    line = line_of(published, head or published[-1])
    patches = patches_of(line[-1])
    submissions = Submission.objects.in_bulk(patches)
    return Protected([submissions[pk] for pk in patches], line)


def list_state(protected: Protected) -> ListState:
    """The engine's state on the pooled hidden rows, from what is stored."""
    index = {submission.pk: i for i, submission in enumerate(protected.submissions)}
    places = {version.number: i for i, version in enumerate(protected.versions)}
    nodes = tuple(_node(node, index, places) for node in protected.head.nodes)
    return ListState(
        list=DecisionList(nodes=nodes, version_ends=tuple(len(v.nodes) for v in protected.versions)),
        version_answers=[arrays.load(version.hidden_answers) for version in protected.versions],
        masks=[hidden_pair(submission).mask for submission in protected.submissions],
    )


def node_json(node: Node, order: list[Submission], versions: list[HostedModelVersion]) -> dict[str, object]:
    """A node as versions store it: groups and patches by their submission, null for the group of everyone, and
    versions by the number that they were published under."""
    group = None if node.group == EVERYONE else order[node.group].pk
    if isinstance(node, Leaf):
        return {"kind": "leaf", "group": group, "patch": order[node.patch].pk}
    return {"kind": "pointer", "group": group, "version": versions[node.version].number}


def nodes_json(protected: Protected, nodes: Sequence[Node], order: list[Submission]) -> list[dict[str, object]]:
    """The nodes of the version that ``nodes`` make of the head; ``order`` the pairs, the new one included."""
    return [*protected.head.nodes, *(node_json(node, order, protected.versions) for node in nodes)]


def _node(stored: dict[str, Any], index: dict[int, int], places: dict[int, int]) -> Node:
    group = EVERYONE if stored["group"] is None else index[stored["group"]]
    if stored["kind"] == "leaf":
        return Leaf(group, index[stored["patch"]])
    return Pointer(group, places[stored["version"]])


def _publish(
    competition: Competition, protected: Protected, outcome: MergeOutcome, order: list[Submission]
) -> HostedModelVersion:
    merged = [(submission.title or submission.group_text, hidden_pair(submission).mask) for submission in order]
    return HostedModelVersion.objects.create(
        competition=competition,
        number=next_number(competition),
        base=protected.head,
        published_at=clock.now(),
        recipe=protected.versions[0].recipe,
        nodes=nodes_json(protected, outcome.nodes, order),
        hidden_answers=arrays.save(outcome.answers),
        public_answers=arrays.save(public_answers(protected, outcome.nodes, order)),
        holdout_report=evidence.report(competition, outcome.answers, merged=merged),
    )


def next_number(competition: Competition) -> int:
    """Numbers only rise, whatever was undone."""
    return HostedModelVersion.objects.filter(competition=competition).latest().number + 1


def public_answers(protected: Protected, nodes: Sequence[Node], order: list[Submission]) -> Answers:
    """The new version on public rows: the same nodes, laid over the head."""
    pairs = [(pair.mask, pair.answers) for pair in map(public_pair, order)]
    versions = [arrays.load(version.public_answers) for version in protected.versions]
    answers = versions[-1]
    for node in nodes:
        answers = apply_node(answers, node, pairs, versions)
    return answers
