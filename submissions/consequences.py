"""What taking patches out of the model would mean, told before it is done; of hidden rows what versions report."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bounty import arrays, evidence
from bounty.models import HostedModelVersion
from submissions.line import line_of, patches_of
from submissions.models import Reversal, Submission
from submissions.pairs import hidden_pair

_STAYS = "Certificates stay, marked with the version that each was issued against; what the ledger spent stays spent."
_AGAIN = "The board is scored against the new version; until that is done no round opens."
_EVERYONE = {"name": "everyone", "kind": "overall"}
_REWARDS = "At the close only what is in the model earns: what left it is listed with 0."


@dataclass(frozen=True)
class Change:
    """The error of a group as it is, and as it would be; each an estimate with its interval."""

    name: str
    kind: str  # overall, demographic or merged
    rows: int
    now: dict[str, Any]
    then: dict[str, Any]

    @property
    def rise(self) -> float:
        rise: float = self.then["estimate"] - self.now["estimate"]
        return rise


def changes_of_a_roll_back(target: HostedModelVersion, head: HostedModelVersion) -> list[Change]:
    """On the holdout, provisional: everyone first, then who loses most. Groups of patches that leave are among them,
    which the target's own report does not know."""
    patches = dict.fromkeys([*patches_of(head), *patches_of(target)])
    submissions = Submission.objects.in_bulk(patches)
    merged = [
        (submissions[pk].title or submissions[pk].group_text, hidden_pair(submissions[pk]).mask) for pk in patches
    ]
    now, then = (
        evidence.report(head.competition, arrays.load(version.hidden_answers), merged=merged)
        for version in (head, target)
    )
    pairs = [(_EVERYONE | now["overall"], then["overall"]), *zip(now["groups"], then["groups"], strict=True)]
    changes = [Change(a["name"], a["kind"], a["rows"], a["loss"], b["loss"]) for a, b in pairs]
    known = [change for change in changes if None not in (change.now["estimate"], change.then["estimate"])]
    return sorted(known, key=lambda change: (change.kind != "overall", -change.rise))


def of_a_roll_back(target: HostedModelVersion, head: HostedModelVersion, changes: Iterable[Change]) -> list[str]:
    """In sentences, for whoever is about to let ``target`` answer again."""
    are, will_be = patches_of(head), patches_of(target)
    number = target.number
    return [
        f"The model answers as version {number} does, under the number {head.number + 1}.",
        "No version is changed or lost: this can be rolled back in turn.",
        *(f"{name} leaves the model." for name in _names([pk for pk in are if pk not in will_be])),
        *(f"{name} comes back into the model." for name in _names([pk for pk in will_be if pk not in are])),
        *_errors(changes),
        _STAYS,
        _REWARDS,
        _AGAIN,
    ]


def of_a_withdrawal(submission: Submission, later: list[Submission]) -> list[str]:
    """In sentences, for whoever is about to take a merged patch out."""
    patches = "patch that was" if len(later) == 1 else f"{len(later)} patches that were"
    again = f"The {patches} merged after it {'is' if len(later) == 1 else 'are'} merged once more, as new versions."
    nothing = "Nothing was merged after it: the model is again what it was before, under a new number."
    return [
        "The model becomes what it would be if this patch had never been merged. No version is changed or lost.",
        again if later else nothing,
        "Repairs are decided anew on the guard split, so no group that stays protected gets worse there.",
        "It does not come back, and its place in the quota stays used. Versions with it cannot be rolled back to.",
        _STAYS,
        _REWARDS,
        _AGAIN,
    ]


def what_took_out(submission: Submission) -> Reversal | None:
    """The change that took a once merged patch out of the model, as it is now; None for what is in it."""
    related = ("before", "after", "by", "restored")
    reversals = Reversal.objects.filter(competition=submission.competition_id).select_related(*related).order_by("-pk")
    last = next((each for each in reversals if submission.pk in (*each.left, *each.returned)), None)
    return last if last is not None and submission.pk in last.left else None


def what_left(
    versions: list[HostedModelVersion], version: HostedModelVersion, reversals: Iterable[Reversal]
) -> Reversal | None:
    """The change since which ``version`` is no part of the model; None where it is one. ``versions`` by number."""
    if version in line_of(versions, versions[-1]):
        return None
    by_pk = {each.pk: each for each in versions}
    later = (each for each in reversals if by_pk[each.after_id].number > version.number)
    return next((each for each in later if version not in line_of(versions, by_pk[each.after_id])), None)


def _names(submissions: list[int]) -> list[str]:
    found = Submission.objects.select_related("team").in_bulk(submissions)
    return [f"Submission {pk} of {found[pk].team.name}, {_title(found[pk])}," for pk in submissions]


def _title(submission: Submission) -> str:
    return f"“{submission.title or submission.group_text[:60]}”"


def _errors(changes: Iterable[Change]) -> list[str]:
    """Whether the model as a whole gets worse, and how many groups lose and gain."""
    everyone, *groups = changes
    worse, better = sum(group.rise > 0 for group in groups), sum(group.rise < 0 for group in groups)
    error = f"from {everyone.now['estimate']:.1%} to {everyone.then['estimate']:.1%}"
    lose = f"{worse} group{' loses' if worse == 1 else 's lose'} by it, {better} gain{'s' if better == 1 else ''}"
    return [f"The error of everyone goes {error} on the holdout (provisional); {lose}."]
