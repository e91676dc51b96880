"""What the clock asks for: rounds at their times, the close at the end."""

import datetime as dt

import pytest

from bounty import clock
from bounty.actions.edit_competition import edit_competition
from bounty.actions.schedule_round import schedule_round, unschedule_round
from bounty.errors import Invalid, NotAllowed, Refused
from bounty.models import AuditEvent, Competition, RoundTime, Team, User
from submissions.actions.certify import certify
from submissions.actions.close_competition import close
from submissions.actions.judge import judge
from submissions.actions.keep_the_schedule import keep_the_schedule
from submissions.actions.relay import relay
from submissions.models import Round, Settlement, Submission
from tests.submissions.conftest import Send
from tests.submissions.test_queries import copy

GROUP = "sex == 'Female' and age_band == '18-24'"
State = Competition.State


def due(competition: Competition, *, seconds: float = 1) -> RoundTime:
    """A round whose time has come."""
    return RoundTime.objects.create(competition=competition, at=clock.later(-seconds))


def test_a_round_opens_at_its_time_and_once(judged: Send, competition: Competition) -> None:
    judged(GROUP)
    RoundTime.objects.create(competition=competition, at=clock.later(3600))
    moment = due(competition, seconds=0)
    for _ in range(2):
        relay()
    opened = Round.objects.get()
    moment.refresh_from_db()
    assert (opened.opened_by, moment.outcome) == (None, "")
    assert moment.done_at is not None
    assert AuditEvent.objects.get(verb="open_round").actor is None


def test_a_round_without_candidates_is_passed_over_and_says_so(competition: Competition) -> None:
    moment = due(competition)
    keep_the_schedule()
    moment.refresh_from_db()
    assert (moment.outcome, Round.objects.exists()) == ("NO_CANDIDATES", False)


def test_what_was_sent_in_time_is_judged_first(send: Send, competition: Competition) -> None:
    submission = send(GROUP)
    due(competition, seconds=0)
    keep_the_schedule()
    assert not Round.objects.exists()
    judge(submission.pk)
    keep_the_schedule()
    assert Round.objects.get().candidates.get().submission == submission


def test_what_waits_for_a_sandbox_holds_up_no_round(send: Send, judged: Send, competition: Competition) -> None:
    judged(GROUP)
    waiting = send("income > 3")
    due(competition, seconds=0)
    Submission.objects.filter(pk=waiting.pk).update(waits_for="This server cannot run Python yet.")
    keep_the_schedule()
    assert Round.objects.count() == 1


def test_a_round_waits_for_the_one_before_it(judged: Send, competition: Competition) -> None:
    judged(GROUP)
    due(competition, seconds=0)
    keep_the_schedule()
    second = due(competition, seconds=0)
    keep_the_schedule()
    second.refresh_from_db()
    assert second.done_at is None
    certify(Round.objects.get().pk)


def test_the_competition_closes_at_its_end(competition: Competition) -> None:
    Competition.objects.update(closes_at=clock.later(60))
    keep_the_schedule()
    assert Competition.objects.get().state == State.OPEN
    Competition.objects.update(closes_at=clock.later(-1))
    for _ in range(2):
        relay()
    assert Competition.objects.get().state == State.CLOSING
    assert Settlement.objects.count() == 1
    assert AuditEvent.objects.get(verb="close_competition").actor is None


def test_the_close_waits_for_the_last_round(judged: Send, competition: Competition) -> None:
    judged(GROUP)
    end = clock.now()
    RoundTime.objects.create(competition=competition, at=end)
    Competition.objects.update(closes_at=end)
    keep_the_schedule()
    assert Competition.objects.get().state == State.OPEN
    certify(Round.objects.get().pk)
    keep_the_schedule()
    assert Competition.objects.get().state == State.CLOSING


def test_times_are_set_ahead_once_and_before_the_close(competition: Competition, olga: User, alice: User) -> None:
    tomorrow = clock.now() + dt.timedelta(days=1)
    with pytest.raises(NotAllowed, match="NOT_THE_ORGANISER"):
        schedule_round(competition, at=tomorrow, by=alice)
    with pytest.raises(Refused, match="TIME_PASSED"):
        schedule_round(competition, at=clock.later(-1), by=olga)
    edit_competition(competition, by=olga, closes_at=tomorrow)
    with pytest.raises(Refused, match="AFTER_THE_CLOSE"):
        schedule_round(competition, at=tomorrow + dt.timedelta(seconds=1), by=olga)
    moment = schedule_round(competition, at=tomorrow, by=olga)
    with pytest.raises(Refused, match="TIME_SET"):
        schedule_round(competition, at=tomorrow, by=olga)
    unschedule_round(moment, by=olga)
    assert not RoundTime.objects.exists()


def test_a_round_that_has_come_is_not_taken_off(competition: Competition, olga: User) -> None:
    moment = due(competition)
    keep_the_schedule()
    with pytest.raises(Refused, match="TIME_PASSED"):
        unschedule_round(moment, by=olga)


def test_a_closing_time_is_not_set_into_the_past(competition: Competition, olga: User, team: Team) -> None:
    with pytest.raises(Refused, match="CLOSES_IN_THE_PAST"):
        edit_competition(competition, by=olga, closes_at=clock.later(-1))
    edit_competition(competition, by=olga, closes_at=clock.later(60))
    assert Competition.objects.get().is_open


def test_a_close_that_was_put_off_meanwhile_waits(competition: Competition) -> None:
    Competition.objects.update(closes_at=clock.later(-1))
    seen_as_ended = Competition.objects.get()
    Competition.objects.update(closes_at=clock.later(3600))
    with pytest.raises(Refused, match="NOT_YET"):
        close(seen_as_ended, actor=None)
    assert Competition.objects.get().state == State.OPEN


def test_what_one_competition_breaks_on_keeps_no_other_from_its_times(competition: Competition) -> None:
    broken = copy(competition, slug="broken")  # without a version
    due(broken)
    Competition.objects.filter(pk=competition.pk).update(closes_at=clock.later(-1))
    keep_the_schedule()
    assert Competition.objects.get(pk=competition.pk).state == State.CLOSING


def test_a_text_whose_line_ends_a_form_has_changed_is_no_other_text(competition: Competition, olga: User) -> None:
    Competition.objects.update(rules_text="One.\nTwo.\n")
    edit_competition(competition, by=olga, rules_text="One.\r\nTwo.", closes_at=clock.later(3600))
    competition.refresh_from_db()
    assert (competition.rules_version, competition.rules_text) == (1, "One.\nTwo.\n")
    edit_competition(competition, by=olga, rules_text="One.\r\nThree.")
    assert (competition.rules_version, competition.rules_text) == (2, "One.\nThree.")


@pytest.mark.parametrize("name", ["submissions_per_day", "submissions_in_all", "max_team_members"])
def test_a_count_of_nothing_is_refused(name: str, competition: Competition, olga: User) -> None:
    with pytest.raises(Invalid, match="COUNT_TOO_SMALL"):
        edit_competition(competition, by=olga, **{name: 0})
    edit_competition(competition, by=olga, **{name: 1})
