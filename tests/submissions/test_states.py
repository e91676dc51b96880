"""The table of legal moves is the only way a status changes."""

import pytest

from submissions.models import Submission
from submissions.states import MOVES, Status, move
from tests.submissions.conftest import Send

GROUP = "age_band == '18-24'"


def test_every_status_has_a_row_in_the_table() -> None:
    assert set(MOVES) == set(Status)


def test_every_status_that_waits_has_a_way_out() -> None:
    unfinished = {Status.QUEUED, Status.JUDGING, Status.CANDIDATE}
    assert all(MOVES[status] for status in unfinished)


@pytest.mark.parametrize("status", [s for s in Status if not MOVES[s]])
def test_a_final_status_is_left_by_no_move(status: Status, send: Send) -> None:
    submission = send(GROUP)
    Submission.objects.filter(pk=submission.pk).update(status=status)
    moved = [move(Submission.objects.filter(pk=submission.pk), target) for target in Status]
    assert sum(moved) == 0


def test_a_legal_move_is_made_once(send: Send) -> None:
    rows = Submission.objects.filter(pk=send(GROUP).pk)
    assert [move(rows, Status.CANCELLED), move(rows, Status.CANCELLED)] == [1, 0]
