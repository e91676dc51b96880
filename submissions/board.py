"""The leaderboard: one standing a team, computed from the newest verdicts in a constant number of queries."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from bounty.models import Competition, HostedModelVersion, Team
from submissions.models import Merge, Submission, Verdict
from submissions.states import SCORED, Status


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
    _best_score: float = field(default=float("-inf"), repr=False)

    @property
    def taken_out(self) -> int:
        """Certified pairs that were withdrawn or rolled back."""
        return self.certified - self.merged


def standings(competition: Competition) -> list[Standing]:
    """All teams that sent something, best first; equal rows share a rank."""
    sent, claims, merges = _sent(competition), _open_claims(competition), _merges(competition)
    # The teams last: one that is made meanwhile, and sends at once, must not be missing.
    rows = {team.pk: Standing(team) for team in competition.teams.all()}
    _count_sent(sent, rows)
    _add_scores(claims, rows)
    _add_merges(merges, rows)
    return _ranked([row for row in rows.values() if row.sent])


def _sent(competition: Competition) -> list[tuple[int, str, dt.datetime]]:
    sent = competition.submissions.exclude(status=Status.CANCELLED)
    return list(sent.values_list("team_id", "status", "sent_at"))


def _open_claims(competition: Competition) -> list[Verdict]:
    """Against the head: what teams may hope to have certified next."""
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    open_claims = {Status.SCORED, Status.CANDIDATE}
    verdicts = Verdict.objects.filter(version=head, submission__status__in=open_claims)
    return list(verdicts.select_related("submission"))


def _merges(competition: Competition) -> list[Merge]:
    related = ("submission", "certificate__candidate")
    return list(Merge.objects.filter(competition=competition).select_related(*related))


def _count_sent(sent: list[tuple[int, str, dt.datetime]], rows: dict[int, Standing]) -> None:
    for team_id, status, sent_at in sent:
        row = rows[team_id]
        row.sent += 1
        row.scored += status in SCORED
        row.last_at = max(row.last_at or sent_at, sent_at)


def _add_scores(claims: list[Verdict], rows: dict[int, Standing]) -> None:
    """The best open claim of each team."""
    for verdict in claims:
        row = rows[verdict.submission.team_id]
        score = verdict.score or 0.0
        if score > row._best_score:
            row._best_score, row.best = score, verdict.submission
            row.provisional_gain = max(score, 0.0)


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
