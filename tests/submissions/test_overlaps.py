"""What a page says of a group beside the same team's earlier ones."""

from django.test import Client

from bounty.models import Team, User
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
