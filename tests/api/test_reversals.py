"""Rolling back and withdrawing over the API."""

import pytest
from rest_framework.test import APIClient

from bounty.models import Competition, User
from submissions.models import Merge, Reversal
from tests.api.conftest import Visit, problem
from tests.submissions.conftest import merges, own_storage, small_competition, small_team  # noqa: F401  fixtures

WHY = {"reason": "The group was drawn too wide."}


@pytest.fixture
def there(small_competition: Competition) -> str:  # noqa: F811  the fixture
    return f"/api/v1/competitions/{small_competition.slug}"


def test_the_organiser_rolls_back_and_everyone_reads_why(
    merges: list[Merge],  # noqa: F811  the fixture
    there: str,
    as_olga: APIClient,
) -> None:
    asked, key = {"version": 4} | WHY, {"Idempotency-Key": "2f1c"}
    answer = as_olga.post(f"{there}/versions/roll-back", asked, format="json", headers=key)
    assert answer.status_code == 201, answer.content
    again = as_olga.post(f"{there}/versions/roll-back", asked, format="json", headers=key)
    assert (again.status_code, again.json()) == (201, answer.json())
    assert (answer.json()["restored"], answer.json()["after"]) == (4, 7)
    assert APIClient().get(f"{there}/reversals").json()["results"] == [answer.json()]
    assert APIClient().get(f"{there}/versions/7").json()["base"] == 3


def test_a_roll_back_is_refused_with_what_is_wrong(
    merges: list[Merge],  # noqa: F811  the fixture
    there: str,
    as_olga: APIClient,
    as_alice: APIClient,
    visit: Visit,
    olga: User,
) -> None:
    address, asked = f"{there}/versions/roll-back", {"version": 4} | WHY
    problem(as_alice.post(address, asked, format="json"), 403, "NOT_THE_ORGANISER")
    problem(visit(olga, "read", "submit").post(address, asked, format="json"), 403, "TOKEN_SCOPE")
    problem(as_olga.post(address, {"version": 4}, format="json"), 422, "INVALID_INPUT")
    problem(as_olga.post(address, {"version": 99} | WHY, format="json"), 404, "NOT_FOUND")
    problem(as_olga.post(address, {"version": 6} | WHY, format="json"), 409, "NOTHING_TO_ROLL_BACK")
    assert not Reversal.objects.exists()
    assert as_olga.post(address, asked, format="json").status_code == 201


def test_a_merged_patch_is_withdrawn_for_a_reason(
    merges: list[Merge],  # noqa: F811  the fixture
    as_alice: APIClient,
    as_charlie: APIClient,
    visit: Visit,
    olga: User,
) -> None:
    address = f"/api/v1/submissions/{merges[2].submission_id}"
    problem(visit(olga, "read", "submit").post(f"{address}/withdraw", WHY, format="json"), 403, "TOKEN_SCOPE")
    assert "withdraw" in as_alice.get(address).json()["links"]
    problem(as_charlie.post(f"{address}/withdraw", WHY, format="json"), 404, "NOT_FOUND")
    problem(as_alice.post(f"{address}/withdraw", {}, format="json"), 422, "REASON_MISSING")
    answer = as_alice.post(f"{address}/withdraw", WHY, format="json")
    assert (answer.status_code, answer.json()["status"], answer.json()["links"]) == (200, "withdrawn", {})
    assert Reversal.objects.get().submission_id == merges[2].submission_id


def test_a_timeline_tells_what_took_a_patch_out_and_brought_it_back(
    merges: list[Merge],  # noqa: F811  the fixture
    there: str,
    as_olga: APIClient,
    as_alice: APIClient,
) -> None:
    for version in (4, 6):
        asked = {"version": version} | WHY
        assert as_olga.post(f"{there}/versions/roll-back", asked, format="json").status_code == 201
    events = as_alice.get(f"/api/v1/submissions/{merges[5].submission_id}/events").json()["events"]
    assert [(event["kind"], event["details"]) for event in events[-3:]] == [
        ("merged", {"version": 6}),
        ("rolled_back", {"version": 7}),
        ("returned", {"version": 8}),
    ]
    kinds = [
        each["kind"] for each in as_alice.get(f"/api/v1/submissions/{merges[0].submission_id}/events").json()["events"]
    ]
    assert "rolled_back" not in kinds
