"""Build every version of a competition's model again, from version 0, its certified pairs and its rules, and compare.

It reads and writes nothing. What it says are numbers of versions and what differs, never a row.
"""

from dataclasses import dataclass

from bounty import arrays
from bounty.models import Competition, HostedModelVersion
from scoring.errors import ScoringError
from submissions.actions.merge import (
    Protected,
    engine_pair,
    list_state,
    load_protected,
    nodes_json,
    public_answers,
    rules_of,
)
from submissions.line import patches_of
from submissions.models import Submission
from submissions.states import Status


@dataclass(frozen=True)
class Replayed:
    """One published version: what it is made of, and what of it came out otherwise (nothing, where it is equal)."""

    version: HostedModelVersion
    made_of: str
    differs: tuple[str, ...]


def replay(competition: Competition) -> list[Replayed]:
    """Every version that was ever published, those that answer no more included; each from the ones that it stands on,
    so that a wrong one is named itself. Last, whether the patches of the newest are those that count as merged."""
    found = [_replayed(competition, version) for version in competition.versions.order_by("number")]
    return [*found[:-1], _with_statuses(competition, found[-1])]


def _replayed(competition: Competition, version: HostedModelVersion) -> Replayed:
    if version.base is None:
        return _replayed_first(competition, version)
    protected = load_protected(competition, version.base)
    patches = patches_of(version)
    if not patches or patches[:-1] != [submission.pk for submission in protected.submissions]:
        return Replayed(version, f"version {version.base.number}", ("its patches",))
    try:
        return _replayed_merge(competition, version, protected, Submission.objects.get(pk=patches[-1]))
    except (KeyError, ScoringError):  # a node of what it stands on names nothing, or its versions are no list
        return Replayed(version, f"version {version.base.number}", ("the versions that it stands on",))


def _replayed_first(competition: Competition, version: HostedModelVersion) -> Replayed:
    """The organiser's own model, or what a roll back to it published: the arrays are read, and checked by that."""
    initial = competition.versions.get(number=0)
    for digest in (version.hidden_answers, version.public_answers):
        arrays.load(digest)
    same = {
        "nodes": version.nodes == [],
        "answers on hidden rows": version.hidden_answers == initial.hidden_answers,
        "answers on public rows": version.public_answers == initial.public_answers,
    }
    return Replayed(version, "the organiser's model", tuple(name for name, is_same in same.items() if not is_same))


def _replayed_merge(
    competition: Competition, version: HostedModelVersion, protected: Protected, submission: Submission
) -> Replayed:
    outcome = rules_of(competition).merge(list_state(protected), engine_pair(submission))
    order = [*protected.submissions, submission]
    public = public_answers(protected, outcome.nodes, order)
    same = {
        "nodes": version.nodes == nodes_json(protected, outcome.nodes, order),
        "answers on hidden rows": version.hidden_answers == arrays.digest_of(outcome.answers),
        "answers on public rows": version.public_answers == arrays.digest_of(public),
    }
    repairs = f" and {len(outcome.repairs)} repairs" if outcome.repairs else ""
    made_of = f"version {protected.head.number}, submission {submission.pk}{repairs}"
    return Replayed(version, made_of, tuple(name for name, is_same in same.items() if not is_same))


def _with_statuses(competition: Competition, newest: Replayed) -> Replayed:
    merged = competition.submissions.filter(status=Status.MERGED).values_list("pk", flat=True)
    if set(merged) == set(patches_of(newest.version)):
        return newest
    return Replayed(newest.version, newest.made_of, (*newest.differs, "which submissions count as merged"))
