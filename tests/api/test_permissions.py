"""Who may what: one table of every endpoint of the API and every kind of visitor."""

from typing import Any, Final

import pytest
from django.db import transaction
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIClient

from bounty.models import ApiToken, Competition, User
from tests.api.conftest import WOMEN, Post, Visit

C: Final = "/api/v1/competitions/{slug}"
S: Final = "/api/v1/submissions/{submission}"
# Route, method, address, body, and the status for: nobody, charlie, alice, alice's token that only reads, olga.
# Alice's team sent the submission; charlie has joined nothing; olga organises.
TABLE: Final = [
    ("api-tokens", "GET", "/api/v1/tokens", None, (401, 200, 200, 200, 200)),
    ("api-tokens", "POST", "/api/v1/tokens", {}, (422, 422, 422, 422, 422)),
    ("api-token", "GET", "/api/v1/tokens/{token}", None, (401, 404, 200, 200, 404)),
    ("api-token", "DELETE", "/api/v1/tokens/{token}", None, (401, 404, 204, 204, 404)),
    ("api-competitions", "GET", "/api/v1/competitions", None, (200, 200, 200, 200, 200)),
    ("api-competition", "GET", C, None, (200, 200, 200, 200, 200)),
    ("api-join", "POST", f"{C}/join", {"rules_version": 1}, (401, 201, 201, 403, 403)),
    ("api-columns", "GET", f"{C}/columns", None, (200, 200, 200, 200, 200)),
    ("api-splits", "GET", f"{C}/splits", None, (200, 200, 200, 200, 200)),
    ("api-split-download", "GET", f"{C}/splits/train.parquet", None, (401, 409, 200, 200, 200)),
    ("api-split-download", "GET", f"{C}/splits/sealed.parquet", None, (401, 404, 404, 404, 404)),
    ("api-versions", "GET", f"{C}/versions", None, (200, 200, 200, 200, 200)),
    ("api-version", "GET", f"{C}/versions/0", None, (200, 200, 200, 200, 200)),
    ("api-submissions", "GET", f"{C}/submissions", None, (401, 200, 200, 200, 200)),
    ("api-submissions", "POST", f"{C}/submissions", WOMEN, (401, 409, 201, 403, 409)),
    ("api-preview", "POST", f"{C}/preview", WOMEN, (200, 200, 200, 200, 200)),
    ("api-board", "GET", f"{C}/board", None, (200, 200, 200, 200, 200)),
    ("api-quota", "GET", f"{C}/quota", None, (401, 409, 200, 200, 409)),
    ("api-rounds", "GET", f"{C}/rounds", None, (200, 200, 200, 200, 200)),
    ("api-rounds", "POST", f"{C}/rounds", None, (401, 403, 403, 403, 409)),
    ("api-close", "POST", f"{C}/close", None, (401, 403, 403, 403, 202)),
    ("api-submission", "GET", S, None, (401, 404, 200, 200, 200)),
    ("api-submission-cancel", "POST", f"{S}/cancel", None, (401, 404, 200, 403, 403)),
    ("api-submission-withdraw", "POST", f"{S}/withdraw", None, (401, 404, 409, 403, 403)),
]
Row = tuple[str, str, str, dict[str, Any] | None, tuple[int, ...]]


@pytest.mark.parametrize("row", TABLE, ids=[f"{row[1]} {row[2].removeprefix('/api/v1')}" for row in TABLE])
def test_everyone_may_just_what_the_table_says(
    row: Row, sent: Post, visit: Visit, alice: User, charlie: User, olga: User, competition: Competition
) -> None:
    _, method, address, body, statuses = row
    clients = [APIClient(), visit(charlie), visit(alice), visit(alice, "read"), visit(olga)]
    own = ApiToken.objects.filter(user=alice).earliest("pk")
    url = address.format(slug=competition.slug, submission=sent()["id"], token=own.pk)
    assert [_status(client, method, url, body) for client in clients] == list(statuses)


def _status(client: APIClient, method: str, url: str, body: dict[str, Any] | None) -> int:
    """What the request is answered with; what it changed is undone, so that the next visitor meets the same."""
    with transaction.atomic():
        sent = client.generic(method, url) if body is None else getattr(client, method.lower())(url, body, "json")
        transaction.set_rollback(True)
    return int(sent.status_code)


def test_the_table_has_every_route_and_every_method_of_the_api() -> None:
    listed = {(row[0], row[1]) for row in TABLE}
    found = {
        (pattern.name, method)
        for pattern in _patterns()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(pattern.callback.view_class, method.lower())  # type: ignore[attr-defined]
    }
    assert found == listed


def _patterns() -> list[URLPattern]:
    under = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == "api/v1/"]
    return [pattern for entry in under for pattern in entry.url_patterns]
