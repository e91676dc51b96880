"""What is asked of the API."""

from typing import Final

from tests.permissions.ask import Ask
from tests.permissions.pages import DRAFT, PRIVATE
from tests.permissions.routes import METHODS

GROUP: Final = {"predicate": "age > 50"}
RULES: Final = {"rules_version": 1}

API: Final = [
    Ask("GET", "api-tokens", "one's tokens"),
    Ask(
        "POST",
        "api-tokens",
        "a new token, for charlie's name and password",
        send={"username": "charlie", "password": "{password}"},
    ),
    Ask("POST", "api-tokens", "the same with a wrong password", send={"username": "charlie", "password": "wrong"}),
    Ask("GET", "api-token", "a token of alice's", {"pk": "{token}"}),
    Ask("DELETE", "api-token", "revoking it", {"pk": "{token}"}),
    Ask("GET", "api-competitions", "the competitions that one may see"),
    Ask("GET", "api-competition", "one of them"),
    Ask("GET", "api-competition", "a private one", PRIVATE),
    Ask("GET", "api-competition", "a draft", DRAFT),
    Ask("POST", "api-join", "accepting the rules, and taking part", send=RULES),
    Ask("POST", "api-join", "in a private one", PRIVATE, RULES),
    Ask("POST", "api-join", "in a draft", DRAFT, RULES),
    Ask("GET", "api-columns", "the data dictionary"),
    Ask("GET", "api-columns", "of a private one", PRIVATE),
    Ask("GET", "api-columns", "of a draft", DRAFT),
    Ask("GET", "api-splits", "the splits"),
    Ask("GET", "api-splits", "of a private one", PRIVATE),
    Ask("GET", "api-splits", "of a draft", DRAFT),
    Ask("GET", "api-split-download", "a public split"),
    Ask("GET", "api-split-download", "a hidden split", {"name": "sealed"}),
    Ask("GET", "api-split-download", "a public split of a private one", PRIVATE),
    Ask("GET", "api-split-download", "a public split of a draft", DRAFT),
    Ask("GET", "api-versions", "the model's versions"),
    Ask("GET", "api-versions", "of a private one", PRIVATE),
    Ask("GET", "api-versions", "of a draft", DRAFT),
    Ask("GET", "api-version", "one of them"),
    Ask("GET", "api-version", "of a private one", PRIVATE),
    Ask("GET", "api-submissions", "the submissions that one may see"),
    Ask("GET", "api-submissions", "of a private one", PRIVATE),
    Ask("POST", "api-submissions", "submitting", send=GROUP),
    Ask("POST", "api-submissions", "to a private one", PRIVATE, GROUP),
    Ask("POST", "api-submissions", "to a draft", DRAFT, GROUP),
    Ask("POST", "api-preview", "a group on public rows", send=GROUP),
    Ask("POST", "api-preview", "of a private one", PRIVATE, GROUP),
    Ask("POST", "api-preview", "of a draft", DRAFT, GROUP),
    Ask("GET", "api-board", "the leaderboard"),
    Ask("GET", "api-board", "of a private one", PRIVATE),
    Ask("GET", "api-board", "of a draft", DRAFT),
    Ask("GET", "api-quota", "what one's team may still send"),
    Ask("GET", "api-quota", "to a private one", PRIVATE),
    Ask("GET", "api-rounds", "the rounds"),
    Ask("GET", "api-rounds", "of a private one", PRIVATE),
    Ask("POST", "api-rounds", "opening one", send={}),
    Ask("POST", "api-close", "closing the competition", send={}),
    Ask("POST", "api-close", "closing a private one", PRIVATE, {}),
    Ask("GET", "api-submission", "a submission of alice's team", {"pk": "{scored}"}),
    Ask("GET", "api-submission", "one in a private competition", {"pk": "{private_submission}"}),
    Ask("POST", "api-submission-cancel", "cancelling it while it waits", {"pk": "{queued}"}, {}),
    Ask("POST", "api-submission-withdraw", "withdrawing it once it is scored", {"pk": "{scored}"}, {}),
    *(Ask(method, "/api/", "any other address under the API") for method in METHODS),
]
