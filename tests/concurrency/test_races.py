"""Two at once, each race twice: with its lock taken away the fault shows; with the lock it is gone.

On SQLite a transaction that is not begun as a writer's cannot become one beside another: there the fault of a missing
lock is that one of the two breaks off with "database is locked" instead of being told what is the matter.
"""

import threading
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from bounty import audit, evidence
from bounty.actions import accept_invitation as accepting
from bounty.actions import record as recording
from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.edit_competition import edit_competition
from bounty.actions.invite import invite_to_competition, invite_to_team
from bounty.actions.offer_merge import offer_merge
from bounty.models import Admission, AuditEvent, Competition, Invitation, Team, User
from submissions import leases, quota
from submissions.actions import certify as certifying
from submissions.actions import close_competition as closing
from submissions.actions import judge as judging
from submissions.actions import merge_teams as merging_teams
from submissions.actions import open_round as opening
from submissions.actions.cancel import cancel
from submissions.actions.certify import certify
from submissions.actions.close_competition import close_competition
from submissions.actions.judge import judge
from submissions.actions.merge_teams import merge_teams
from submissions.actions.open_round import open_round
from submissions.actions.relay import recover
from submissions.leases import Claim, claim_round, claim_submission
from submissions.models import Candidate, Merge, QueryBudget, Round, Submission, Verdict
from submissions.states import Status
from tests.concurrency.meetings import Meeting, take_the_lock_away, together
from tests.submissions.conftest import Send
from tests.submissions.test_leases import expire

pytestmark = pytest.mark.django_db(transaction=True)
GROUPS = ("sex == 'Female' and age_band == '18-24'", "first_language == 'Spanish' and region == 'South'")
SQLITE = connection.vendor == "sqlite"
locks = pytest.mark.parametrize("lock", [True, False], ids=["locked", "lock taken away"])


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


def kinds(outcomes: list[object]) -> list[str]:
    """What became of each, sorted: the class of a fault, or "done"."""
    return sorted(type(o).__name__ if isinstance(o, Exception) else "done" for o in outcomes)


@locks
def test_two_submits_at_the_edge_of_the_quota(
    lock: bool,
    meeting: Meeting,
    send: Send,
    competition: Competition,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Competition.objects.filter(pk=competition.pk).update(submissions_per_day=1)
    monkeypatch.setattr(quota, "quota", meeting.after(quota.quota))
    if not lock:
        take_the_lock_away(monkeypatch, Team)
    outcomes = together(lambda: send(GROUPS[0]), lambda: send(GROUPS[1]))
    if lock:
        assert kinds(outcomes) == ["LimitReached", "done"]
        assert (Submission.objects.count(), QueryBudget.objects.get().used) == (1, 1)
    elif SQLITE:
        assert kinds(outcomes) == ["OperationalError", "done"]
    else:
        assert (Submission.objects.count(), QueryBudget.objects.get().used) == (2, 2)
    assert meeting.held is not lock


@locks
def test_two_workers_on_one_row(
    lock: bool,
    meeting: Meeting,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submission = send(GROUPS[0])

    def check_then_set(rows: "QuerySet[Any]", target: Status, **changes: object) -> int:
        found = list(rows.values_list("pk", flat=True))
        meeting.meet()
        return Submission.objects.filter(pk__in=found).update(status=target, **changes)

    monkeypatch.setattr(leases, "move", meeting.before(leases.move) if lock else check_then_set)
    claims = together(lambda: claim_submission(submission.pk), lambda: claim_submission(submission.pk))
    assert meeting.held
    assert sum(isinstance(claim, Claim) for claim in claims) == (1 if lock else 2)


@locks
def test_a_round_opened_twice(
    lock: bool,
    meeting: Meeting,
    judged: Send,
    competition: Competition,
    olga: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged(GROUPS[0])
    monkeypatch.setattr(opening, "_chosen", meeting.after(opening._chosen))
    if not lock:
        take_the_lock_away(monkeypatch, Competition)
    outcomes = together(lambda: open_round(competition, by=olga), lambda: open_round(competition, by=olga))
    fault = "Refused" if lock else "OperationalError" if SQLITE else "IntegrityError"
    assert kinds(outcomes) == sorted([fault, "done"])
    assert Round.objects.count() == 1
    assert meeting.held is not lock


@locks
def test_a_merge_against_the_close(
    lock: bool,
    meeting: Meeting,
    judged: Send,
    competition: Competition,
    olga: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged(GROUPS[0])
    monkeypatch.setattr(opening, "_chosen", meeting.after(opening._chosen))
    monkeypatch.setattr(closing, "record", meeting.before(closing.record))
    if not lock:
        take_the_lock_away(monkeypatch, Competition)
    outcomes = together(lambda: open_round(competition, by=olga), lambda: close_competition(competition, by=olga))
    for opened in Round.objects.all():
        certify(opened.pk)
    competition.refresh_from_db()
    merged_though_closed = competition.state == Competition.State.CLOSING and Merge.objects.exists()
    if lock or SQLITE:
        assert kinds(outcomes) == ["Refused" if lock else "OperationalError", "done"]
    assert merged_though_closed is not (lock or SQLITE)
    assert meeting.held is not lock


@locks
def test_merge_against_merge(
    lock: bool,
    meeting: Meeting,
    judged: Send,
    competition: Competition,
    olga: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for text in GROUPS:
        judged(text)
    claim = claim_round(open_round(competition, by=olga).pk)
    assert claim is not None
    candidates = list(Candidate.objects.values_list("pk", flat=True))
    assert [certifying._predict(claim, candidate) for candidate in candidates] == [True, True]
    monkeypatch.setattr(certifying, "_ledger", meeting.after(certifying._ledger))
    if not lock:
        take_the_lock_away(monkeypatch, Competition)
    outcomes = together(*(partial(certifying._test, claim, candidate) for candidate in candidates))
    competition.refresh_from_db()
    versions = list(competition.versions.order_by("number").values_list("number", flat=True))
    if lock:
        assert kinds(outcomes) == ["done", "done"]
        assert competition.sealed_tests == 2
        assert versions == [0, 1, 2]
    elif SQLITE:
        assert kinds(outcomes) == ["OperationalError", "done"]
    else:
        assert competition.sealed_tests == 1  # the ledger forgot a test that was made


@locks
def test_the_sweeper_against_a_slow_worker(
    lock: bool,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submission = send(GROUPS[0])
    scored, swept = threading.Event(), threading.Event()

    def slowly(*args: Any, **kwargs: Any) -> Any:
        found = evidence.provisional(*args, **kwargs)
        scored.set()
        assert swept.wait(60)
        return found

    def sweep() -> Claim | None:
        assert scored.wait(60)
        expire(submission)
        recover()
        try:
            return claim_submission(submission.pk)
        finally:
            swept.set()

    monkeypatch.setattr(judging, "evidence", SimpleNamespace(**vars(evidence) | {"provisional": slowly}))
    if not lock:  # the claim's number is not asked for
        monkeypatch.setattr(Claim, "rows", lambda claim: Submission.objects.filter(pk=claim.pk))
    _, fast = together(lambda: judge(submission.pk), sweep)
    submission.refresh_from_db()
    assert isinstance(fast, Claim)
    assert fast.fence > 1
    if lock:  # still the fast worker's to judge
        assert (submission.status, submission.fence) == (Status.JUDGING, fast.fence)
        assert not Verdict.objects.exists()
    else:
        assert submission.status == Status.SCORED
        assert Verdict.objects.get().attempt == 1


@locks
def test_two_acts_recorded_at_once(
    lock: bool, meeting: Meeting, competition: Competition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording.audit, "digest_of", meeting.before(recording.audit.digest_of))
    if not lock:
        take_the_lock_away(monkeypatch, AuditEvent)

    def act() -> None:
        with transaction.atomic():
            recording.record("close_competition", subject="competition:1", competition=competition)

    outcomes = together(act, act)
    fault = "OperationalError" if SQLITE else "IntegrityError"
    assert kinds(outcomes) == (["done", "done"] if lock else sorted([fault, "done"]))
    assert audit.first_break() is None
    assert meeting.held is not lock


@locks
def test_a_close_and_a_cancelled_submission_do_not_wait_for_each_other_in_a_ring(
    lock: bool,
    meeting: Meeting,
    send: Send,
    competition: Competition,
    alice: User,
    olga: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The close holds the competition's row and waits for the audit record's; the other way round, an event that is
    being written refers to the competition. Taking the row's lock without its key lets references to it pass."""
    submission = send(GROUPS[0])
    monkeypatch.setattr(closing, "record", meeting.before(closing.record))
    monkeypatch.setattr(recording.audit, "digest_of", meeting.before(recording.audit.digest_of))
    if not lock:
        locked = QuerySet.select_for_update
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_, no_key=False, **kw: locked(rows, **kw))
    outcomes = together(lambda: close_competition(competition, by=olga), lambda: cancel(submission, by=alice))
    assert kinds(outcomes) == (["done", "done"] if lock or SQLITE else ["OperationalError", "done"])
    assert meeting.held is not SQLITE


@locks
def test_an_invitation_for_one_used_by_two(
    lock: bool,
    meeting: Meeting,
    competition: Competition,
    olga: User,
    bob: User,
    charlie: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edit_competition(competition, by=olga, visibility="private")
    _, secret = invite_to_competition(competition, by=olga, email="one@example.org")
    monkeypatch.setattr(accepting, "_enter", meeting.before(accepting._enter))
    if not lock:
        take_the_lock_away(monkeypatch, Invitation)
    outcomes = together(*(partial(accept_invitation, secret, user=user) for user in (bob, charlie)))
    if lock:
        assert kinds(outcomes) == ["Refused", "done"]
        assert (Invitation.objects.get().uses, Admission.objects.count()) == (1, 1)
    elif SQLITE:
        assert kinds(outcomes) == ["OperationalError", "done"]
    else:
        assert (Invitation.objects.get().uses, Admission.objects.count()) == (2, 2)
    assert meeting.held is not lock


@locks
def test_the_last_place_of_a_team_taken_by_two(
    lock: bool,
    meeting: Meeting,
    team: Team,
    alice: User,
    bob: User,
    charlie: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Competition.objects.update(max_team_members=2)
    secrets = [invite_to_team(team, by=alice)[1] for _ in range(2)]
    monkeypatch.setattr(Team, "present", meeting.after(Team.present))
    if not lock:
        take_the_lock_away(monkeypatch, Team)
    version = team.competition.rules_version
    outcomes = together(
        *(
            partial(accept_invitation, secret, user=user, rules_version=version)
            for secret, user in zip(secrets, (bob, charlie), strict=True)
        )
    )
    if lock:
        assert kinds(outcomes) == ["Refused", "done"]
    elif SQLITE:
        assert kinds(outcomes) == ["OperationalError", "done"]
    else:
        assert team.memberships.count() == 3
    assert meeting.held is not lock


@locks
def test_two_teams_that_take_each_other_in(
    lock: bool,
    meeting: Meeting,
    team: Team,
    rivals: Team,
    alice: User,
    bot: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs, ours = offer_merge(rivals, to=team.name, by=bot), offer_merge(team, to=rivals.name, by=alice)
    monkeypatch.setattr(merging_teams, "check_may_merge", meeting.before(merging_teams.check_may_merge))
    if not lock:
        take_the_lock_away(monkeypatch, Team)
    outcomes = together(lambda: merge_teams(theirs, by=alice), lambda: merge_teams(ours, by=bot))
    absorbed = Team.objects.exclude(merged_into=None).count()
    if lock:
        assert kinds(outcomes) == ["Refused", "done"]
        assert absorbed == 1
    elif SQLITE:
        assert kinds(outcomes) == ["OperationalError", "done"]
    else:
        assert absorbed == 2 or "OperationalError" in kinds(outcomes)  # both gone, or waiting for each other in a ring
    assert meeting.held is not (lock or SQLITE)  # there the first write already keeps the other out
