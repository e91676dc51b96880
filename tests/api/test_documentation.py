"""What the documentation says of the API is what the API does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from bounty.api import problems
from scoring.predicates.errors import PredicateFault
from submissions.sentences import MEANINGS

ROOT: Final = Path(__file__).resolve().parents[2]
PLACEHOLDERS: Final = {
    "<slug:slug>": "SLUG",
    "<int:pk>": "ID",
    "<int:number>": "NUMBER",
    "<str:name>.<str:form>": "NAME.FORM",
    "<str:role>": "ROLE",
}
ERRORS: Final = {"BountyError", "Refused", "Invalid", "NotAllowed", "LimitReached", "Changed"}


@pytest.fixture
def errors_page(db: None) -> str:
    return Client().get("/docs/errors").content.decode()


def test_every_address_and_method_is_documented_and_no_other(db: None) -> None:
    page = Client().get("/docs/api").content.decode()
    documented = set(re.findall(r"<th scope=\"row\"><code>([A-Z]+) ([^<]+)</code>", page))
    assert documented == set(_addresses())


def test_every_code_that_is_raised_is_explained(errors_page: str) -> None:
    raised = {code for path in _sources() for code in _codes(path)}
    assert {"QUOTA_DAY", "TOKEN_SCOPE", "COMPETITION_CLOSED"} <= raised
    assert {code for code in raised if f'id="{code}"' not in errors_page} == set()


def test_every_verdict_and_every_fault_of_a_predicate_is_explained(errors_page: str) -> None:
    codes = {*MEANINGS, *(fault.value for fault in PredicateFault)}
    assert {code for code in codes if f'id="{code}"' not in errors_page} == set()


def test_the_frameworks_own_refusals_are_explained(errors_page: str) -> None:
    codes = {code for code, _ in problems._CODES.values()}
    assert {code for code in codes if f'id="{code}"' not in errors_page} == set()


def _addresses() -> Iterator[tuple[str, str]]:
    under = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == "api/v1/"]
    for pattern in (pattern for entry in under for pattern in entry.url_patterns):
        for method in _methods(pattern):
            address = str(pattern.pattern)
            for placeholder, name in PLACEHOLDERS.items():
                address = address.replace(placeholder, name)
            yield method, address


def _methods(pattern: URLPattern) -> list[str]:
    view = pattern.callback.view_class  # type: ignore[attr-defined]
    return [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if hasattr(view, method.lower())]


def _sources() -> list[Path]:
    return [path for package in ("bounty", "submissions") for path in sorted((ROOT / package).rglob("*.py"))]


def _codes(path: Path) -> Iterator[str]:
    """The codes written out where an error of ours, or one of authentication, is built."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in ERRORS and node.args and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
        if node.func.id == "AuthenticationFailed":
            yield from (str(k.value.value) for k in node.keywords if isinstance(k.value, ast.Constant))
