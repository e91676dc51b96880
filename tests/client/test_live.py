"""Both clients against a live site with its worker: every answer is what the types say, and nothing is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bounty.logins import PASSWORD
from bounty_client import Damaged, NoAnswer, Patience, Problem, answers, calls
from bounty_client.answers import Page
from bounty_client.asynchronous import AsyncClient
from bounty_client.sync import Client
from tests.client.arena import SLUG, Arena
from tests.client.shapes import differences

GROUP = {"predicate": "age > 30 and sex = 'F'", "patch_column": "system_b"}
SHAPES = [
    (calls.tokens(), Page[answers.Token]),
    (calls.competitions(), Page[answers.CompetitionSummary]),
    (calls.competition(SLUG), answers.Competition),
    (calls.columns(SLUG), answers.Columns),
    (calls.splits(SLUG), answers.Splits),
    (calls.preview(SLUG, "age > 30"), answers.Preview),
    (calls.quota(SLUG), answers.Quota),
    (calls.submissions(SLUG), Page[answers.SubmissionSummary]),
    (calls.board(SLUG), answers.Board),
    (calls.rounds(SLUG), Page[answers.Round]),
    (calls.versions(SLUG), Page[answers.VersionSummary]),
    (calls.version(SLUG, 0), answers.Version),
    (calls.certificates(SLUG), Page[answers.CertificateSummary]),
]


@pytest.mark.parametrize(("call", "kind"), SHAPES, ids=[call.path for call, _ in SHAPES])
def test_an_answer_has_the_shape_that_the_types_say(alice: Any, call: calls.Call[Any], kind: Any) -> None:
    assert list(differences(alice.send(call), kind)) == []


def test_both_clients_can_do_the_same() -> None:
    methods = [{name for name in vars(client) if not name.startswith("_")} for client in (Client, AsyncClient)]
    assert methods[0] == methods[1]


def test_what_is_sent_is_judged_and_stands_on_the_board(alice: Any) -> None:
    seen: list[str] = []
    sent = alice.submit(SLUG, **GROUP, title="Women over 30")
    judged = alice.wait_for_submission(sent["id"], tell=lambda one: seen.append(one["status"]))
    assert list(differences(judged, answers.Submission)) == []
    assert judged["verdict"]["outcome"] in {"scored", "refused"}
    assert seen[-1] == judged["status"]
    assert "alice's" in {row["team"] for row in alice.board(SLUG)["standings"]}


def test_a_repeated_submit_is_one_submission(alice: Any) -> None:
    call = calls.submit(SLUG, predicate="age > 40", patch_column="system_b")
    used = alice.quota(SLUG)["used"]
    assert alice.send(call)["id"] == alice.send(call)["id"]
    assert alice.quota(SLUG)["used"] == used + 1
    other = calls.submit(SLUG, predicate="age > 40", patch_column="system_b")
    assert alice.send(other)["id"] != alice.send(call)["id"]


def test_a_long_list_is_read_to_its_end(alice: Any) -> None:
    for least in (20, 22, 24):
        alice.submit(SLUG, predicate=f"age > {least}", patch_column="system_b")
    first = calls.Call[Page[answers.SubmissionSummary]]("GET", calls.submissions(SLUG).path, params={"limit": 1})
    numbers = [row["id"] for row in alice.rows(first)]
    assert numbers == sorted(set(numbers), reverse=True)
    assert numbers == [row["id"] for row in alice.submissions(SLUG)]
    assert len(numbers) >= 3


def test_a_download_is_compared_with_its_digest_and_kept(alice: Any, tmp_path: Path) -> None:
    split = next(split for split in alice.splits(SLUG)["splits"] if split["public"])
    told: list[int] = []
    to = tmp_path / "train.parquet"
    alice.download(split["downloads"]["parquet"], to, sha256=split["sha256"], tell=lambda done, _: told.append(done))
    assert len(pd.read_parquet(to)) == split["rows"]
    assert told[-1] == split["size_bytes"] == to.stat().st_size
    alice.download(split["downloads"]["parquet"], to, sha256=split["sha256"], tell=lambda done, _: told.append(0))
    assert told[-1] != 0
    with pytest.raises(Damaged):
        alice.download(split["downloads"]["parquet"], tmp_path / "other", sha256="0" * 64)


def test_the_models_answers_are_one_a_public_row(alice: Any) -> None:
    rows = sum(split["rows"] for split in alice.splits(SLUG)["splits"] if split["public"])
    assert len(alice.public_answers(SLUG, 0).split()) == rows + 1


def test_a_refusal_says_what_is_wrong_and_who_can_mend_it(alice: Any) -> None:
    with pytest.raises(Problem) as refused:
        alice.preview(SLUG, "no_such_column > 3")
    problem = refused.value
    assert (problem.status, problem.code, problem.fault, problem.field) == (
        422,
        "UNKNOWN_COLUMN",
        "entrant",
        "predicate",
    )
    assert problem.sentence
    assert problem.documentation.endswith("/docs/errors#UNKNOWN_COLUMN")


def test_every_field_at_fault_is_named(alice: Any) -> None:
    with pytest.raises(Problem) as refused:
        alice.send(
            calls.Call("POST", f"competitions/{SLUG}/join", body={"rules_version": "one", "team_name": 3 * "x" * 80})
        )
    assert {fault.field for fault in refused.value.errors} == {"rules_version", "team_name"}


def test_without_a_token_or_a_right_it_is_said_at_once(visit: Callable[..., Any]) -> None:
    with pytest.raises(Problem) as nobody:
        visit("").quota(SLUG)
    assert (nobody.value.status, nobody.value.code) == (401, "NOT_AUTHENTICATED")
    with pytest.raises(Problem) as charlie:
        visit("charlie").quota(SLUG)
    assert charlie.value.code == "RULES_NOT_ACCEPTED"


def test_where_nobody_listens_it_gives_up() -> None:
    with (
        Client("http://127.0.0.1:9", token="", patience=Patience(attempts=2, first_s=0.01)) as client,
        pytest.raises(NoAnswer),
    ):
        client.board(SLUG)


def test_a_password_makes_a_token(live: Arena) -> None:
    with Client(live.address, token="") as client:
        made = client.log_in("olga", PASSWORD, scopes=["read"])
        assert list(differences(made, answers.Token)) == []
        assert made["id"] in {token["id"] for token in client.tokens()}
        client.revoke_token(made["id"])
        with pytest.raises(Problem, match="TOKEN_REVOKED"):
            next(client.tokens())
