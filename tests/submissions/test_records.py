"""How a team's record enters the prediction of its sealed tests, and whom a round asks."""

from collections.abc import Iterator

import pytest
from django.db.models.signals import post_save

from bounty.actions.offer_merge import offer_merge
from bounty.models import Competition, MergeOffer, Team, User
from scoring.rounds import Ledger
from scoring.trust import Record
from submissions.actions.certify import certify
from submissions.actions.merge_teams import merge_teams
from submissions.actions.open_round import candidates, open_round
from submissions.models import Candidate, Certificate, Round, Submission
from submissions.records import record_of, standing_of
from submissions.states import Status
from tests.submissions.conftest import Send

GROUPS = ("sex == 'Female' and age_band == '18-24'", "first_language == 'Spanish' and region == 'South'")


def made_before(team: Team, times: int, status: str = Status.REFUSED) -> list[Submission]:
    """So many earlier submissions of the team."""
    rows = [
        Submission(
            competition=team.competition, team=team, group_kind="predicate", group_text="x", seed=0, status=status
        )
        for _ in range(times)
    ]
    return Submission.objects.bulk_create(rows)


def add_tests(team: Team, olga: User, *, passed: list[bool], chance: float) -> None:
    """A finished round of earlier tests of the team."""
    held = Round.objects.create(competition=team.competition, number=1, opened_by=olga, state=Round.State.FINISHED)
    for t, (bit, row) in enumerate(zip(passed, made_before(team, len(passed)), strict=True), start=1):
        Candidate.objects.create(
            round=held, submission=row, position=t, provisional_score=0, t=t, chance=chance, q=0.5, passed=bit
        )


def test_a_newcomer_is_believed_and_who_made_a_thousand_submissions_is_not(
    judged: Send, team: Team, competition: Competition, olga: User
) -> None:
    for text in GROUPS:
        judged(text)
    opened = open_round(competition, by=olga)
    first = opened.candidates.get(position=1)
    assert standing_of(first).record == Record(submissions=2)
    made_before(team, 998)
    certify(opened.pk)
    first.refresh_from_db()
    assert first.chance is not None
    assert first.q == Record(1000).discount(first.chance)
    assert first.q < 0.2 < first.chance


def test_what_was_cancelled_or_failed_told_the_team_nothing_and_what_was_refused_did(team: Team) -> None:
    for status in (Status.CANCELLED, Status.FAILED):
        made_before(team, 20, status)
    assert record_of(team.pk)[0] == Record(0)
    made_before(team, 3, Status.REFUSED)
    made_before(team, 2, Status.WITHDRAWN)
    assert record_of(team.pk)[0] == Record(5)


def test_a_teams_earlier_tests_count_in_their_order(
    judged: Send, team: Team, rivals: Team, competition: Competition, olga: User
) -> None:
    add_tests(team, olga, passed=[True, False], chance=0.9)
    judged(GROUPS[0])
    candidate = open_round(competition, by=olga).candidates.get()
    found = standing_of(candidate)
    assert found.record == Record(3).after(0.9, passed=True).after(0.9, passed=False)
    assert (found.asked_in_round, found.rounds_since) == (0, 1)
    candidate.submission.team = rivals
    assert standing_of(candidate).record == Record(0)


@pytest.fixture
def merges_after_the_first_test(rivals: Team, team: Team, alice: User, bot: User) -> Iterator[None]:
    """The rivals join the team when the round has tested one candidate."""
    offer = offer_merge(rivals, to=team.name, by=bot)

    def merge_once(instance: Candidate, **_: object) -> None:
        offer.refresh_from_db()
        if instance.passed is not None and offer.state == MergeOffer.State.OPEN:
            merge_teams(offer, by=alice)

    post_save.connect(merge_once, sender=Candidate)
    yield
    post_save.disconnect(merge_once, sender=Candidate)


@pytest.mark.usefixtures("merges_after_the_first_test")
def test_teams_that_merge_during_a_round_go_on_with_the_record_of_both(
    judged: Send, team: Team, rivals: Team, competition: Competition, olga: User
) -> None:
    judged(GROUPS[1]), judged(GROUPS[0], to=rivals)
    made_before(team, 50)
    opened = open_round(competition, by=olga)
    certify(opened.pk)
    first, second = opened.candidates.order_by("position")
    assert (first.chance, second.chance) > (0, 0)
    assert second.q == Record(52).after(first.chance, passed=first.passed).discount(second.chance)
    assert Certificate.objects.get(candidate=second).body["team"] == team.pk


def test_who_climbed_and_failed_goes_back_untested_and_a_newcomer_with_the_same_claim_is_asked(
    judged: Send, team: Team, competition: Competition, olga: User
) -> None:
    add_tests(team, olga, passed=[False, False, False], chance=0.9)
    climbed = made_before(team, 1000)
    submission = judged(GROUPS[0])
    certify(open_round(competition, by=olga).pk)
    submission.refresh_from_db()
    competition.refresh_from_db()
    assert (submission.status, submission.candidacies.get().sent_back) == (Status.SCORED, "unlikely")
    assert (competition.sealed_tests, competition.ledger_spent) == (0, 0.0)

    Candidate.objects.filter(q__isnull=False).delete()
    Submission.objects.filter(pk__in=[row.pk for row in climbed]).delete()
    certify(open_round(competition, by=olga).pk)
    competition.refresh_from_db()
    assert competition.sealed_tests == 1


def test_forty_failures_of_a_climber_leave_the_ledger_for_the_others(team: Team, olga: User) -> None:
    ledger, plain = Ledger(0.05), Ledger(0.05)
    add_tests(team, olga, passed=[False] * 40, chance=0.98)
    made_before(team, 1000)
    record = Record(Submission.objects.filter(team=team).count())
    for chance in Candidate.objects.order_by("t").values_list("chance", flat=True):
        ledger, plain = ledger.charge(record.discount(chance), passed=False), plain.charge(chance, passed=False)
        record = record.after(chance, passed=False)
    assert ledger.spent < 1.0
    assert plain.spent == pytest.approx(156.5, abs=0.1)


def test_a_round_tests_the_doubtful_after_the_others_and_otherwise_the_best_first(
    judged: Send, team: Team, rivals: Team, competition: Competition, olga: User
) -> None:
    better, worse = judged(GROUPS[1]), judged(GROUPS[0], to=rivals)
    assert [v.submission.pk for v in candidates(competition)] == [better.pk, worse.pk]
    made_before(team, 100)
    assert [v.submission.pk for v in candidates(competition)] == [worse.pk, better.pk]
