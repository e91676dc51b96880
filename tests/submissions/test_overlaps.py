"""What a page says of a group beside the same team's earlier ones."""

import numpy as np
import pytest
from django.test import Client

from bounty import arrays
from bounty.models import Team, User
from submissions.models import Submission
from submissions.overlaps import LEAST_SHARE, SHOWN, overlaps_of
from submissions.states import Status
from tests.submissions.conftest import Send

GROUP = "age_band == '65+' or region == 'North'"


def test_a_part_of_an_earlier_group_of_the_team_is_said_to_lie_within_it(
    judged: Send, alice: User, rivals: Team, client: Client
) -> None:
    theirs, first = judged("region == 'North'", to=rivals), judged(GROUP)
    assert (theirs.overlaps, first.overlaps) == ([], [])
    part = judged("age_band == '65+'")
    assert [theirs.status, first.status, part.status] == ["scored"] * 3
    (found,) = part.overlaps
    assert (found["submission"], found["kind"]) == (first.pk, "refinement")
    assert 0 < found["jaccard"] < 1
    client.force_login(alice)
    page = client.get(f"/submissions/{part.pk}/").content.decode()
    assert f'lies within <a href="/submissions/{first.pk}/">#{first.pk}</a>' in page
    assert f"#{theirs.pk}</a>" not in page


def rows(*chosen: int) -> np.ndarray:
    return np.isin(np.arange(64), chosen)


def having(team: Team, *masks: np.ndarray) -> Submission:
    """The team's next submission, after earlier ones with those public masks."""
    fields = {"competition": team.competition, "team": team, "seed": 1, "group_kind": "predicate"}
    for mask in masks:
        Submission.objects.create(**fields, status=Status.SCORED, public_mask=arrays.save(mask))
    return Submission.objects.create(**fields)


def test_half_of_the_rows_of_either_is_told_and_less_is_not(team: Team) -> None:
    assert LEAST_SHARE == 0.5
    sent = having(team, rows(1, 2, 3), rows(2, 3, 4, 5))
    found = overlaps_of(sent, rows(1, 2, 4))  # shares 2 of 4 with the first, 2 of 5 with the second
    assert [(each["kind"], each["jaccard"]) for each in found] == [("new", 0.5)]


def test_the_nearest_are_told_first_and_the_same_rows_are_a_duplicate(team: Team) -> None:
    sent = having(team, rows(1, 2, 3, 4), rows(1, 2), rows(*range(40)), rows(7), rows(1, 2, 3))
    found = overlaps_of(sent, rows(1, 2))
    assert [each["kind"] for each in found] == ["duplicate", "refinement", "refinement"]
    assert [each["jaccard"] for each in found] == [1.0, pytest.approx(2 / 3), 0.5]
    assert len(found) == SHOWN


def test_groups_of_which_no_public_row_tells_are_not_called_the_same(team: Team) -> None:
    sent = having(team, rows(), rows(1))
    assert overlaps_of(sent, rows()) == []
    assert [each["kind"] for each in overlaps_of(sent, rows(1))] == ["duplicate"]
