"""Many stored submissions, written past the actions: copies of one another, each scored against the head."""

from bounty import clock
from bounty.actions.issue_token import issue_token
from bounty.actions.join_competition import join_competition
from bounty.models import Competition, HostedModelVersion, RulesAcceptance, Team, User
from submissions.models import Submission, Verdict
from submissions.states import Status


def fill(n: int, *, teams: int, clients: int, batch: int) -> tuple[str, list[str], list[int]]:
    """The demonstration's slug, a token for each of the clients, and a submission of each."""
    competition = Competition.objects.filter(state=Competition.State.OPEN).earliest("pk")
    Competition.objects.filter(pk=competition.pk).update(submissions_per_day=10**6, submissions_in_flight=10**6)
    people = [User.objects.create_user(f"load-{i}") for i in range(teams)]
    entered = [join_competition(competition, user=person) for person in people]
    assert RulesAcceptance.objects.filter(competition=competition).count() >= teams
    for start in range(0, n, batch):
        _write(competition, entered, start, min(batch, n - start))
    tokens = [issue_token(people[i], name="load", scopes=["read", "submit"])[1] for i in range(clients)]
    keys = [Submission.objects.filter(team=entered[i]).latest("pk").pk for i in range(clients)]
    return competition.slug, tokens, keys


def _write(competition: Competition, teams: list[Team], start: int, n: int) -> None:
    head, now = HostedModelVersion.objects.filter(competition=competition).latest(), clock.now()
    made = Submission.objects.bulk_create(
        Submission(
            competition=competition,
            team=teams[i % len(teams)],
            sent_at=now,
            request_digest="",
            seed=1,
            group_kind="predicate",
            group_text=f"age > {i}",
            predicate={},
            patch_kind="platform",
            status=Status.SCORED if i % 5 else Status.REFUSED,
            finished_at=now,
            title=f"Stored {i}",
        )
        for i in range(start, start + n)
    )
    Verdict.objects.bulk_create(
        Verdict(
            submission=one,
            attempt=1,
            version=head,
            outcome="scored",
            code="SCORED",
            sentence="It was scored.",
            score=one.pk % 9973 / 1e5,
            judged_at=now,
            numbers={"rows": 100, "n": 1000, "score": 0.01},
        )
        for one in made
        if one.status == Status.SCORED
    )
