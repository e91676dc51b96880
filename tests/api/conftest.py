"""The cast with API tokens, and submissions that are judged for real in this process."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from bounty.actions.issue_token import issue_token
from bounty.models import Competition, Membership, Team, User
from submissions.actions.judge import judge

Visit = Callable[..., APIClient]
Post = Callable[..., Any]
WOMEN = {"predicate": "sex == 'Female' and age_band == '18-24'"}  # a planted weakness of the lending data
MEN = {"predicate": "sex == 'Male'"}


@pytest.fixture(autouse=True)
def nobody_was_slowed_down() -> None:
    """Throttles count in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def visit() -> Visit:
    """A client that shows a token of that person's, with those scopes."""

    def visits(user: User, *scopes: str) -> APIClient:
        client = APIClient()
        _, token = issue_token(user, name="test", scopes=scopes or ("read", "submit", "organise"), expires_in_days=1)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return visits


@pytest.fixture
def as_alice(visit: Visit, alice: User) -> APIClient:
    return visit(alice)


@pytest.fixture
def as_olga(visit: Visit, olga: User) -> APIClient:
    return visit(olga)


@pytest.fixture
def as_charlie(visit: Visit, charlie: User) -> APIClient:
    return visit(charlie)


@pytest.fixture
def as_bot(visit: Visit, bot: User) -> APIClient:
    return visit(bot)


@pytest.fixture
def as_bob(visit: Visit, bob: User, team: Team) -> APIClient:
    """Bob, in Alice's team."""
    Membership.objects.create(team=team, user=bob, competition=team.competition, role=Membership.Role.MEMBER)
    return visit(bob)


@pytest.fixture
def at(competition: Competition) -> str:
    """The competition's address."""
    return f"/api/v1/competitions/{competition.slug}"


@pytest.fixture
def sent(as_alice: APIClient, team: Team, at: str) -> Post:
    """Send as Alice; the answer's body."""

    def sends(**fields: object) -> Any:
        response = as_alice.post(f"{at}/submissions", fields or WOMEN, format="json")
        assert response.status_code == 201, response.content
        return response.json()

    return sends


@pytest.fixture
def judged(sent: Post, as_alice: APIClient) -> Post:
    """Send as Alice and judge; the submission as it then reads."""

    def sends_and_judges(**fields: object) -> Any:
        made = sent(**fields)
        judge(made["id"])
        return as_alice.get(made["url"]).json()

    return sends_and_judges


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, once it is seen to be the problem document that was expected."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    body: dict[str, Any] = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/docs/errors#{code}")
    assert body["detail"]
    assert body["fault"] in {"entrant", "organiser", "platform"}
    return body
