"""Put a certified pair into the hosted model: a leaf, the repairs it needs, a new immutable version."""

from dataclasses import dataclass

import numpy as np

from bounty import arrays, clock, evidence
from bounty.models import Competition, HostedModelVersion
from scoring import merge as engine
from scoring.decision_list import DecisionList, Leaf, ListState, Pointer
from scoring.types import Answers, Bools
from submissions import queue
from submissions.models import Certificate, Merge, Submission
from submissions.pairs import hidden_pair, public_pair


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
    nodes = [node_json(node, order) for node in outcome.nodes]
    after = _publish(competition, protected, nodes, order=order, head_answers=outcome.state.version_answers[-1])
    made = Merge.objects.create(
        competition=competition,
        submission=submission,
        certificate=certificate,
        before=protected.head,
        after=after,
        repairs=nodes[1:],
        woken_at=None,
    )
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


def node_json(node: Leaf | Pointer, order: list[Submission]) -> dict[str, object]:
    """A node as versions store it: groups and patches by their submission."""
    group = order[node.group].pk
    if isinstance(node, Leaf):
        return {"kind": "leaf", "group": group, "patch": order[node.patch].pk}
    return {"kind": "pointer", "group": group, "version": node.version}


def _node(stored: dict[str, int], index: dict[int, int]) -> Leaf | Pointer:
    if stored["kind"] == "leaf":
        return Leaf(index[stored["group"]], index[stored["patch"]])
    return Pointer(index[stored["group"]], stored["version"])


def _publish(
    competition: Competition,
    protected: Protected,
    nodes: list[dict[str, object]],
    *,
    order: list[Submission],
    head_answers: Answers,
) -> HostedModelVersion:
    merged = [(submission.title or submission.group_text, hidden_pair(submission).mask) for submission in order]
    return HostedModelVersion.objects.create(
        competition=competition,
        number=protected.head.number + 1,
        published_at=clock.now(),
        recipe=protected.versions[0].recipe,
        nodes=[*protected.head.nodes, *nodes],
        hidden_answers=arrays.save(head_answers),
        public_answers=arrays.save(_public_answers(protected, nodes, order)),
        holdout_report=evidence.report(competition, head_answers, merged=merged),
    )


def _public_answers(protected: Protected, nodes: list[dict[str, object]], order: list[Submission]) -> Answers:
    """The new version on public rows: the same nodes, laid over the head."""
    pairs = {submission.pk: public_pair(submission) for submission in order}
    answers = arrays.load(protected.head.public_answers)
    for node in nodes:
        mask: Bools = pairs[int(str(node["group"]))].mask
        if node["kind"] == "leaf":
            then = pairs[int(str(node["patch"]))].answers
        else:
            then = arrays.load(protected.versions[int(str(node["version"]))].public_answers)
        answers = np.where(mask, then, answers)
    return answers
