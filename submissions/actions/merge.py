"""Put a certified pair into the hosted model: a leaf, the repairs it needs, a new immutable version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bounty import arrays, clock, evidence
from bounty.models import Competition, HostedModelVersion
from scoring import merge as engine
from scoring.decision_list import EVERYONE, DecisionList, Leaf, Node, Pointer, apply_node
from scoring.merge import ListState
from scoring.types import Answers
from submissions import queue
from submissions.models import Certificate, Merge, Submission
from submissions.pairs import hidden_pair, public_pair
from submissions.webhooks import tell_version


@dataclass(frozen=True)
class Protected:
    """The merged pairs in merge order, and the versions they made: what the next merge builds on."""

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
    pair = hidden_pair(submission)
    rows = evidence.guard_rows(competition)
    outcome = engine.merge(
        list_state(protected),
        pair.mask,
        pair.answers,
        sample=evidence.pooled_sample(competition),
        mode=engine.Mode(competition.mode),
        rows=np.arange(rows.start, rows.stop),
        slack_rows=competition.repair_slack_rows,
        epsilon=competition.epsilon,
    )
    order = [*protected.submissions, submission]
    after = _publish(competition, protected, outcome, order)
    made = Merge.objects.create(
        competition=competition,
        submission=submission,
        certificate=certificate,
        before=protected.head,
        after=after,
        repairs=[node_json(node, order) for node in outcome.repairs],
        woken_at=None,
    )
    tell_version(after)
    queue.wake(queue.RESCORE, made.pk)
    return made


def load_protected(competition: Competition) -> Protected:
    merges = competition.merges.select_related("submission").order_by("pk")
    return Protected([m.submission for m in merges], list(competition.versions.order_by("number")))


def list_state(protected: Protected) -> ListState:
    """The engine's state on the pooled hidden rows, from what is stored."""
    index = {submission.pk: i for i, submission in enumerate(protected.submissions)}
    nodes = tuple(_node(node, index) for node in protected.head.nodes)
    return ListState(
        list=DecisionList(nodes=nodes, version_ends=tuple(len(v.nodes) for v in protected.versions)),
        version_answers=[arrays.load(version.hidden_answers) for version in protected.versions],
        masks=[hidden_pair(submission).mask for submission in protected.submissions],
    )


def node_json(node: Node, order: list[Submission]) -> dict[str, object]:
    """A node as versions store it: groups and patches by their submission, and null for the group of everyone."""
    group = None if node.group == EVERYONE else order[node.group].pk
    if isinstance(node, Leaf):
        return {"kind": "leaf", "group": group, "patch": order[node.patch].pk}
    return {"kind": "pointer", "group": group, "version": node.version}


def _node(stored: dict[str, Any], index: dict[int, int]) -> Node:
    group = EVERYONE if stored["group"] is None else index[stored["group"]]
    if stored["kind"] == "leaf":
        return Leaf(group, index[stored["patch"]])
    return Pointer(group, stored["version"])


def _publish(
    competition: Competition, protected: Protected, outcome: engine.MergeOutcome, order: list[Submission]
) -> HostedModelVersion:
    merged = [(submission.title or submission.group_text, hidden_pair(submission).mask) for submission in order]
    return HostedModelVersion.objects.create(
        competition=competition,
        number=protected.head.number + 1,
        published_at=clock.now(),
        recipe=protected.versions[0].recipe,
        nodes=[*protected.head.nodes, *(node_json(node, order) for node in outcome.nodes)],
        hidden_answers=arrays.save(outcome.answers),
        public_answers=arrays.save(_public_answers(protected, outcome.nodes, order)),
        holdout_report=evidence.report(competition, outcome.answers, merged=merged),
    )


def _public_answers(protected: Protected, nodes: Sequence[Node], order: list[Submission]) -> Answers:
    """The new version on public rows: the same nodes, laid over the head."""
    pairs = [(pair.mask, pair.answers) for pair in map(public_pair, order)]
    versions = [arrays.load(version.public_answers) for version in protected.versions]
    answers = versions[-1]
    for node in nodes:
        answers = apply_node(answers, node, pairs, versions)
    return answers
