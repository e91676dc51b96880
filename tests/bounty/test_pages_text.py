"""What pages make of organisers' Markdown, of numbers, of refusals and of codes."""

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, RequestFactory

import bounty
from bounty.api import problems
from bounty.errors import Fault, LimitReached
from bounty.middleware import ErrorPageMiddleware
from bounty.templatetags.numbers import MISSING, interval, p_value, points, rate, share
from bounty.templatetags.text import markdown
from scoring.predicates import PredicateFault
from tests.pages import read

ROOT = Path(bounty.__file__).parents[1]
ON_THE_COMMAND_LINE = ("bounty/bundle", "bounty/demo")  # their codes reach no page and no API


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[a](javascript:alert(1))",
        "![seen](https://elsewhere.example/pixel.png)",
        '<a href="x" onclick="y">z</a>',
    ],
)
def test_markdown_lets_nothing_active_through(text: str) -> None:
    html = markdown(f"Before **bold** {text}")
    assert "<strong>bold</strong>" in html
    for active in ("<script", 'href="javascript', "<img", '<a href="x" onclick'):
        assert active not in html


def test_headings_of_markdown_stand_below_the_pages_own() -> None:
    assert markdown("# One\n\n## Two") == "<h3>One</h3>\n<h4>Two</h4>\n"


def test_markdown_has_tables_and_links() -> None:
    html = markdown("| a |\n|---|\n| 1 |\n\n[x](https://example.org)")
    assert "<td>1</td>" in html
    assert '<a href="https://example.org" rel="noopener noreferrer">x</a>' in html


def test_numbers_are_written_for_readers() -> None:
    assert (rate(0.2134), share(0.5), points(0.0123), points(-0.0123)) == (
        "21.3%",
        "50%",
        "+1.23 points",
        "\N{MINUS SIGN}1.23 points",
    )
    assert (p_value(0.0001), p_value(0.0312), points(0.000001)) == ("below 0.001", "0.031", "0.00 points")


def test_what_was_never_measured_is_a_dash_and_no_number() -> None:
    assert {rate(None), rate(math.nan), points(None), p_value(None), interval(None)} == {MISSING}
    assert interval({"estimate": None, "low": None, "high": None}) == MISSING


@pytest.mark.django_db
def test_a_refusal_is_a_page_with_its_sentence_its_code_and_its_owner(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = type("Nobody", (), {"is_authenticated": False})()
    error = LimitReached("QUOTA_DAY", "Your team has used its submissions.", fault=Fault.ENTRANT)
    page = ErrorPageMiddleware(lambda _: None).process_exception(request, error)  # type: ignore[arg-type, return-value]
    assert page is not None
    assert page.status_code == 429
    text = read(page).text
    assert all(part in text for part in ("Your team has used its submissions.", "QUOTA_DAY", "You, by what you send"))


def test_a_defect_is_left_to_django(rf: RequestFactory) -> None:
    assert ErrorPageMiddleware(lambda _: None).process_exception(rf.get("/"), ValueError()) is None  # type: ignore[arg-type, return-value]


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_is_answered_with_a_page(client: Client) -> None:
    page = client.get("/nowhere/")
    assert (page.status_code, read(page).count("h1")) == (404, 1)


@pytest.mark.django_db
def test_every_code_that_the_source_can_raise_is_documented(client: Client) -> None:
    documented = {row["id"] for row in read(client.get("/docs/errors")).all("tr") if row.get("id")}
    raised = {code for app in ("bounty", "submissions") for path in (ROOT / app).rglob("*.py") for code in _codes(path)}
    raised -= {code for app in ON_THE_COMMAND_LINE for path in (ROOT / app).rglob("*.py") for code in _codes(path)}
    raised |= {fault.value for fault in PredicateFault} | {code for code, _ in problems._CODES.values()}
    assert {"QUOTA_DAY", "NOT_ROWWISE", "TOKEN_EXPIRED"} <= documented
    assert raised - documented == set()


def _codes(path: Path) -> Iterator[str]:
    """First arguments in capitals of everything raised, and ``code=`` arguments."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            arguments = [*node.exc.args[:1], *(k.value for k in node.exc.keywords if k.arg == "code")]
            for argument in arguments:
                if isinstance(argument, ast.Constant) and str(argument.value).isupper() and "_" in str(argument.value):
                    yield str(argument.value)
