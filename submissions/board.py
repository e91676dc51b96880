"""The leaderboard: one standing a team, in a constant number of queries.

The database counts and finds each team's best; what is read does not grow with the submissions. The indexes
``submission_teams`` and ``verdict_best`` hold all that these queries ask for.
"""

import datetime as dt
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Count, F, Max, Q, QuerySet

from bounty.models import AuditEvent, Competition, HostedModelVersion, Team
from submissions.models import Merge, Submission, Verdict
from submissions.states import SCORED, Status

OPEN: Final = frozenset({Status.SCORED, Status.CANDIDATE})  # what teams may hope to have certified next
Best = tuple[int, int, float, int]  # version, team, score, submission
Stamp = tuple[str | None, int, int]


@dataclass
class Standing:
    """A team's row. What is certified and in the model counts first; provisional gains buy nothing and break ties."""

    team: Team
    rank: int = 0
    certified: int = 0
    merged: int = 0  # of those, the ones that were not taken out of the model again
    certified_gain: float = 0.0
    provisional_gain: float = 0.0
    scored: int = 0
    sent: int = 0
    last_at: dt.datetime | None = None
    best: Submission | None = None
    marginal_reward: float | None = None

    @property
    def taken_out(self) -> int:
        """Certified pairs that were withdrawn or rolled back."""
        return self.certified - self.merged


_counting: Final = threading.Lock()
_kept: Final[dict[int, tuple[Stamp, float, list[Standing]]]] = {}


def standings(competition: Competition, version: HostedModelVersion | None = None) -> list[Standing]:
    """All teams that sent something, best first; equal rows share a rank. Against the head, or as an earlier version
    had them: what was sent until the next one, what was merged by then, the claims that were scored against it.

    The head's are kept in the process for as long as nothing happened, and for BOARD_KEPT_S at most: every act on the
    site is an event of the record, and every judging a verdict. Who asks while it is being counted waits for that.
    """
    if version is not None or not settings.BOARD_KEPT_S:
        return _standings(competition, version)
    with _counting:
        known, stamp = _kept.get(competition.pk), _stamp(competition)
        if known is None or known[0] != stamp or known[1] < time.monotonic():
            rows = _standings(competition, None)
            known = _kept[competition.pk] = (stamp, time.monotonic() + settings.BOARD_KEPT_S, rows)
    return list(known[2])


def _stamp(competition: Competition) -> Stamp:
    """Changes whenever a standing may. The verdicts are counted: with several workers, the newest need not be last."""
    event = AuditEvent.objects.order_by("-pk").values_list("digest", flat=True).first()
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    return event, head.pk, Verdict.objects.filter(version=head).count()


def _standings(competition: Competition, version: HostedModelVersion | None) -> list[Standing]:
    following = _following(competition, version) if version else None
    head = version or HostedModelVersion.objects.filter(competition=competition).latest()
    sent, merges = list(_sent(competition, following)), _merges(competition, head.number)
    claims = _best_claims([head]) if following is None else best_claims_then([head])
    submissions = Submission.objects.in_bulk([claim[3] for claim in claims])
    # The teams last: one that is made meanwhile, and sends at once, must not be missing.
    rows = {team.pk: Standing(team) for team in competition.teams.all()}
    for team_id, count, scored, last_at in sent:
        row = rows[team_id]
        row.sent, row.scored, row.last_at = count, scored, last_at
    for _, team_id, score, submission_id in claims:
        row = rows[team_id]
        row.best, row.provisional_gain = submissions[submission_id], max(score, 0.0)
    _add_merges(merges, rows)
    return _ranked([row for row in rows.values() if row.sent])


def history(competition: Competition, versions: list[HostedModelVersion]) -> dict[int, list[Standing]]:
    """The teams that had a claim or a merge under each of the versions, by the version's number; without what was
    sent."""
    merges = _merges(competition, max((version.number for version in versions), default=0))
    claims = best_claims_then(versions)
    teams = {team.pk: team for team in competition.teams.all()}
    found = {}
    for version in versions:
        own = [claim for claim in claims if claim[0] == version.number]
        merged = [merge for merge in merges if merge.after.number <= version.number]
        keys = {claim[1] for claim in own} | {merge.submission.team_id for merge in merged}
        rows = {key: Standing(teams[key]) for key in keys}
        for _, team_id, score, _ in own:
            rows[team_id].provisional_gain = max(score, 0.0)
        _add_merges(merged, rows)
        found[version.number] = _ranked(list(rows.values()))
    return found


def best_claims_then(versions: list[HostedModelVersion]) -> list[Best]:
    """The best of each team and version, of what was not merged by then; withdrawn and uncertified ones left out."""
    then = Verdict.objects.filter(version__in=versions, submission__status__in=OPEN | {Status.MERGED})
    return _best(then.exclude(submission__merge__after__number__lte=F("version__number")))


def _best_claims(versions: list[HostedModelVersion]) -> list[Best]:
    return _best(Verdict.objects.filter(version__in=versions, submission__status__in=OPEN))


def _best(verdicts: QuerySet[Verdict]) -> list[Best]:
    """Of each team and version the largest score, and the newest submission that has it."""
    largest = verdicts.values_list("version__number", "submission__team_id").annotate(best=Max("score")).order_by()
    best = {(number, team): score for number, team, score in largest if score is not None}
    named = ("version__number", "submission__team_id", "score", "submission_id")
    candidates = verdicts.filter(score__in=set(best.values())).order_by("pk").values_list(*named)
    found = {(row[0], row[1]): row for row in candidates if best.get((row[0], row[1])) == row[2]}
    return [(number, team, float(score or 0.0), pk) for number, team, score, pk in found.values()]


def _following(competition: Competition, version: HostedModelVersion) -> HostedModelVersion | None:
    later = HostedModelVersion.objects.filter(competition=competition, number__gt=version.number)
    return later.order_by("number").first()


def _sent(competition: Competition, until: HostedModelVersion | None) -> Iterable[tuple[int, int, int, dt.datetime]]:
    sent = Submission.objects.filter(competition=competition).exclude(status=Status.CANCELLED)
    if until is not None:
        sent = sent.filter(sent_at__lt=until.published_at)
    scored = Count("pk", filter=Q(status__in=SCORED))
    return sent.values_list("team_id").annotate(count=Count("pk"), scored=scored, last_at=Max("sent_at")).order_by()


def _merges(competition: Competition, until: int) -> list[Merge]:
    related = ("submission", "certificate__candidate", "after")
    return list(Merge.objects.filter(competition=competition, after__number__lte=until).select_related(*related))


def _add_merges(merges: list[Merge], rows: dict[int, Standing]) -> None:
    rewards: dict[int, list[float]] = defaultdict(list)
    for merge in merges:
        row = rows[merge.submission.team_id]
        row.certified += 1
        if merge.submission.status == Status.MERGED:
            row.merged += 1
            row.certified_gain += merge.certificate.candidate.provisional_score
        if merge.marginal_reward is not None:
            rewards[row.team.pk].append(merge.marginal_reward)
    for team_id, earned in rewards.items():
        rows[team_id].marginal_reward = sum(earned)


def _ranked(rows: list[Standing]) -> list[Standing]:
    rows.sort(key=_worth, reverse=True)
    for i, row in enumerate(rows):
        tied = i > 0 and _worth(rows[i - 1]) == _worth(row)
        row.rank = rows[i - 1].rank if tied else i + 1
    return rows


def _worth(row: Standing) -> tuple[float, int, float, float]:
    return (row.marginal_reward or 0.0, row.merged, row.certified_gain, row.provisional_gain)
