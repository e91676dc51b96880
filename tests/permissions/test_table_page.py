"""The page that shows the table."""

import json

from django.test import Client

from submissions.views.rights import Cell, cell_of
from tests.pages import read
from tests.permissions.table import FILE


def test_the_page_shows_every_row_with_headers_for_rows_and_columns(db: None) -> None:
    page = read(Client().get("/docs/permissions"))
    table = json.loads(FILE.read_text())
    rows = sum(len(section["rows"]) for section in table["sections"])
    scopes = [heading.get("scope") for heading in page.all("th")]
    assert scopes.count("row") == rows
    assert scopes.count("col") == len(table["sections"]) * (len(table["visitors"]) + 1)
    assert page.count("td") == rows * len(table["visitors"])
    assert page.forbidden() == []


def test_answers_are_said_in_words_beside_their_status() -> None:
    said = {answer: cell_of(answer) for answer in ("200", "302", "302 sign in", "302 refused", "403", "404", "")}
    assert [*said.values()] == [
        *(Cell("yes", "200"), Cell("yes", "302"), Cell("sign in", "302"), Cell("not now", "302")),
        *(Cell("no", "403"), Cell("not found", "404"), Cell("", "")),
    ]
