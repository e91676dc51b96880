"""What the table must say, whatever else it says: read from the file that the documentation shows."""

import json
from collections.abc import Iterator
from typing import Any

from submissions.views.rights import cell_of
from tests.permissions.table import FILE

# What may be sent without an account.
OPEN = {
    *("POST /theme/", "POST /login/", "POST /logout/", "POST /sign-up/", "POST /admin/logout/"),
    *("POST /account/confirm/KEY/", "POST /password-reset/", "POST /password-reset/UIDB36-KEY/"),
    *("POST /api/v1/tokens", "POST /api/v1/competitions/SLUG/preview", "POST /api/v1/certificates/verify"),
}


def rows(*titles: str) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Each row of the sections so called, or of all, with its answers by visitor."""
    table = json.loads(FILE.read_text())
    for section in table["sections"]:
        for row in section["rows"] if not titles or section["title"] in titles else []:
            yield row, dict(zip(table["visitors"], row["cells"], strict=True))


def may(answers: dict[str, str]) -> set[str]:
    return {visitor for visitor, answer in answers.items() if answer and cell_of(answer).may}


def test_nothing_fails() -> None:
    assert [
        row["request"] for row, answers in rows() if any(answer.startswith("5") for answer in answers.values())
    ] == []


def test_without_an_account_nothing_is_changed_but_the_browsers_own_affairs() -> None:
    sent = {row["request"] for row, answers in rows() if "anonymous" in may(answers)} - OPEN
    assert {request for request in sent if not request.startswith("GET ")} == set()


def test_charlie_may_do_nothing_to_what_is_others() -> None:
    asked = [
        (row["request"], row["what"]) for row, answers in rows("Teams", "The organiser") if "charlie" in may(answers)
    ]
    assert asked == [("GET /competitions/SLUG/team/", "one's own team")]
    others = [answers for row, answers in rows() if "/submissions/ID" in row["request"]]
    assert others
    assert all("charlie" not in may(answers) and "bot" not in may(answers) for answers in others)


def test_the_organisers_acts_are_theirs_and_the_administrators_alone() -> None:
    assert all(may(answers) <= {"olga", "staff"} for _, answers in rows("The organiser"))
    assert sum(may(answers) == {"olga", "staff"} for _, answers in rows("The organiser")) > 10


def test_nobody_finds_a_private_competition_but_whom_it_lets_in_nor_a_draft_but_its_organiser() -> None:
    private = [may(answers) for row, answers in rows() if "private one" in row["what"]]
    drafts = [may(answers) for row, answers in rows() if row["what"].endswith(("a draft", "of a draft"))]
    assert min(len(private), len(drafts)) > 10
    assert all(found.isdisjoint({"anonymous", "charlie", "bot"}) for found in private)
    assert all(found <= {"olga", "staff"} for found in drafts)


def test_a_token_that_only_reads_changes_nothing_but_itself() -> None:
    changed = {row["request"] for row, answers in rows("The API") if "alice, read-only token" in may(answers)}
    predict = "POST /api/v1/competitions/SLUG/versions/NUMBER/predict"
    change_nothing = {
        "POST /api/v1/tokens",
        "POST /api/v1/competitions/SLUG/preview",
        "POST /api/v1/certificates/verify",
        predict,
    }
    assert {one for one in changed if not one.startswith("GET ")} - change_nothing == {"DELETE /api/v1/tokens/ID"}


def test_the_admin_is_for_administrators() -> None:
    inside = [(row, may(answers)) for row, answers in rows("The admin", "Records in the admin")]
    assert all(found <= {"staff"} for row, found in inside if "logout" not in row["request"])
