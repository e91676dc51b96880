"""The model changed backwards while something else builds on it; each race with the lock, and without."""

from functools import partial

import pytest

from bounty.models import Competition, User
from submissions.actions import open_round as opening
from submissions.actions import roll_back_version as rolling_back
from submissions.actions import withdraw_merged as withdrawing
from submissions.actions.open_round import open_round
from submissions.actions.replay import replay
from submissions.actions.roll_back_version import roll_back_version
from submissions.actions.withdraw_merged import withdraw_merged
from submissions.line import patches_of
from submissions.models import Merge, Reversal, Round, Submission, Verdict
from submissions.states import Status
from tests.concurrency.meetings import Meeting, take_the_lock_away, together
from tests.concurrency.test_races import SQLITE, kinds, locks, meeting  # noqa: F401  a fixture
from tests.submissions.conftest import merges, own_storage, small_competition, small_team  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "The group was drawn too wide."


@pytest.fixture
def candidate(merges: list[Merge], small_competition: Competition) -> Submission:  # noqa: F811  the fixtures
    """What a round would choose: the first patch, as if it had not been merged."""
    submission = merges[0].submission
    Submission.objects.filter(pk=submission.pk).update(status=Status.SCORED)
    Verdict.objects.create(
        submission=submission,
        attempt=1,
        version=small_competition.versions.latest(),
        outcome="scored",
        code="SCORED",
        score=0.1,
        passes_gate=True,
    )
    return submission


@locks
def test_a_roll_back_against_the_opening_of_a_round(
    lock: bool,
    meeting: Meeting,  # noqa: F811  the fixture
    candidate: Submission,
    small_competition: Competition,  # noqa: F811  the fixture
    olga: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = small_competition.versions.get(number=5)
    monkeypatch.setattr(opening, "_chosen", meeting.after(opening._chosen))
    monkeypatch.setattr(rolling_back, "load_protected", meeting.after(rolling_back.load_protected))
    if not lock:
        take_the_lock_away(monkeypatch, Competition)
    outcomes = together(
        partial(open_round, small_competition, by=olga), partial(roll_back_version, version, by=olga, reason=WHY)
    )
    both = Round.objects.filter(state=Round.State.CERTIFYING).exists() and Reversal.objects.exists()
    if lock or SQLITE:
        assert kinds(outcomes) == ["Refused" if lock else "OperationalError", "done"]
    assert both is not (lock or SQLITE)  # candidates that are tested on a model that nobody chose them for
    assert meeting.held is not lock


@locks
def test_two_roll_backs_at_once(
    lock: bool,
    meeting: Meeting,  # noqa: F811  the fixture
    merges: list[Merge],  # noqa: F811  the fixture
    small_competition: Competition,  # noqa: F811  the fixture
    olga: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rolling_back, "load_protected", meeting.after(rolling_back.load_protected))
    if not lock:
        take_the_lock_away(monkeypatch, Competition)
    version = small_competition.versions.get(number=2)
    outcomes = together(*(partial(roll_back_version, version, by=olga, reason=WHY) for _ in range(2)))
    without = "OperationalError" if SQLITE else "IntegrityError"
    assert kinds(outcomes) == sorted(["Refused" if lock else without, "done"])
    assert Reversal.objects.count() == 1
    assert not any(each.differs for each in replay(small_competition))
    assert meeting.held is not lock


@locks
def test_two_patches_taken_out_at_once(
    lock: bool,
    meeting: Meeting,  # noqa: F811  the fixture
    merges: list[Merge],  # noqa: F811  the fixture
    small_competition: Competition,  # noqa: F811  the fixture
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(withdrawing, "load_protected", meeting.after(withdrawing.load_protected))
    if not lock:
        take_the_lock_away(monkeypatch, Competition)
    outcomes = together(*(partial(withdraw_merged, merges[i].submission, by=alice, reason=WHY) for i in (1, 3)))
    left = set(patches_of(small_competition.versions.latest()))
    if lock:
        assert kinds(outcomes) == ["done", "done"]
        assert left == {merges[i].submission_id for i in (0, 2, 4, 5)}
        assert not any(each.differs for each in replay(small_competition))
    else:
        assert kinds(outcomes) == sorted(["OperationalError" if SQLITE else "IntegrityError", "done"])
        assert len(left) == 5
    assert meeting.held is not lock
