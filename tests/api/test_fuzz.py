"""Every endpoint of the document, asked with what a generator makes of its schema: no defect, nothing undocumented.

FUZZ_EXAMPLES asks each endpoint so many times instead of a few: `make fuzz-api`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
import yaml
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bounty.actions.issue_token import issue_token
from bounty.api.document import FILE
from bounty.wsgi import application
from tests.permissions.world import Names, People, made

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "4"))
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DOCUMENT: Final = schemathesis.openapi.from_dict(yaml.load(FILE.read_text(), yaml.CSafeLoader))
DOCUMENT.app = application
OPERATIONS: Final = [found.ok() for found in DOCUMENT.get_all_operations() if isinstance(found, Ok)]
# Which row of the world an address's ID means: by the words before it.
IDS: Final = {
    "tokens/{id}": "token",
    "submissions/{id}/cancel": "queued",
    "submissions/{id}/artifacts/{role}": "model",
    "submissions/{id}": "scored",
    "invitations/{id}": "team_invitation",
    "members/{id}": "bobs_place",
    "offers/{id}/withdraw": "offer_made",
    "offers/{id}": "offer_received",
}


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[tuple[People, Names]]:
    """Requests come through WSGI, and must not close the connection whose transaction undoes them."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield made(tmp_path)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_no_answer_is_a_defect_or_undocumented(world: tuple[People, Names]) -> None:
    people, names = world
    tokens = [
        issue_token(people[name], name="fuzz", scopes=["read", "submit", "organise"])[1] for name in ("alice", "olga")
    ]
    shown: list[dict[str, str]] = [{}, *({"Authorization": f"Bearer {token}"} for token in tokens)]
    answered = {operation.label: _asked(operation, names, shown) for operation in OPERATIONS}
    assert len(answered) > 40
    met = {status for statuses in answered.values() for status in statuses}
    assert {200, 201, 401, 404, 409, 422} <= met, met  # it got past the first check


def _asked(operation: Any, names: Names, shown: list[dict[str, str]]) -> set[int]:
    """Ask as nobody, as a captain and as the organiser; the statuses met. Each request is undone."""
    met: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="FUZZ_EXAMPLES" not in os.environ,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.path_parameters = _real(operation.path, dict(case.path_parameters or {}), names)
        for headers in shown:
            cache.clear()
            with transaction.atomic():
                response = case.call(headers=headers)
                transaction.set_rollback(True)
            case.validate_response(response, checks=CHECKS, headers=headers)
            met.add(response.status_code)

    ask()
    return met


def _real(path: str, generated: dict[str, Any], names: Names) -> dict[str, Any]:
    """What the world holds, so that more is reached than a 404; one address in four stays as it was made."""
    if len(str(generated)) % 4 == 3:
        return generated
    meant = [names[name] for words, name in IDS.items() if words in path]
    known = {"slug": names["slug"], "number": 1, "id": int(meant[0]) if meant else 1}
    return {name: known.get(name, value) for name, value in generated.items()}
