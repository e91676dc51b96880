"""Say what merging each candidate of the next round would do, before the round is opened."""

from dataclasses import dataclass

import numpy as np

from bounty import evidence
from bounty.models import Competition, User
from bounty.policies import check_organises
from scoring.decision_list import EVERYONE, Pointer
from scoring.errors import BudgetSpentError
from scoring.previews import GroupPreview, preview
from submissions.actions.merge import Protected, check_room, engine_pair, list_state, load_protected, rules_of
from submissions.actions.open_round import candidates
from submissions.models import Submission


@dataclass(frozen=True)
class PreviewedGroup:
    """A group by its name, and what would become of it."""

    name: str
    figures: GroupPreview

    @property
    def before(self) -> float | None:
        return self.figures.by_version[-1]

    @property
    def lowest(self) -> float | None:
        """Under the version that was best for it."""
        known = [loss for loss in self.figures.by_version if loss is not None]
        return min(known) if known else None


@dataclass(frozen=True)
class PreviewedMerge:
    """One candidate merged into the newest version, by itself; ``repairs`` in words and in their order. ``fits`` unless
    it and they would take more accepts than theorem mode has left; then there is nothing to tell."""

    submission: Submission
    groups: list[PreviewedGroup]
    repairs: list[str]
    fits: bool = True

    @property
    def worse(self) -> list[PreviewedGroup]:
        return [group for group in self.groups if group.figures.gets_worse]


def preview_merges(competition: Competition, *, by: User) -> list[PreviewedMerge]:
    """In the round's order, each against the newest version, on the holdout.

    At a merge the guard split decides repairs, in silence: what it would decide cannot be asked beforehand, here
    either. The holdout has been asked about each of these pairs already; its figures are provisional.
    """
    check_organises(by, competition)
    protected = load_protected(competition)
    return [_previewed(competition, protected, verdict.submission) for verdict in candidates(competition)]


def _previewed(competition: Competition, protected: Protected, submission: Submission) -> PreviewedMerge:
    rows = evidence.holdout_rows(competition)
    rules = rules_of(competition).on(np.arange(rows.start, rows.stop))
    try:
        found = preview(list_state(protected), engine_pair(submission), rules)
        check_room(competition, 1 + len(found.repairs), rules)
    except BudgetSpentError:
        return PreviewedMerge(submission, [], [], fits=False)
    names = [_name(each) for each in (*protected.submissions, submission)]
    groups = [PreviewedGroup(_group(each.group, names), each) for each in found.groups]
    return PreviewedMerge(submission, groups, [_repair(each, names, protected) for each in found.repairs])


def _name(submission: Submission) -> str:
    return submission.title or submission.group_text


def _group(number: int, names: list[str]) -> str:
    return "everyone" if number == EVERYONE else names[number]


def _repair(repair: Pointer, names: list[str], protected: Protected) -> str:
    version = protected.versions[repair.version].number
    return f"{_group(repair.group, names)}: answered as version {version} did"
