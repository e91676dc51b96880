"""Competitions, their data and their rules: who sees what, and taking part."""

import hashlib
import io
from typing import Any

import pandas as pd
import pytest
from rest_framework.test import APIClient

from bounty.models import Competition, DataSplit, RulesAcceptance, Team, User
from scoring.rounds import Ledger
from tests.api.conftest import problem

LIST = "/api/v1/competitions"
JOINING = {"rules_version": 1, "team_name": "Charlie's"}


def test_a_draft_is_for_its_organiser_alone(draft: Competition, as_olga: APIClient, as_charlie: APIClient) -> None:
    assert [row["slug"] for row in as_olga.get(LIST).json()["results"]] == [draft.slug]
    for client in (as_charlie, APIClient()):
        assert client.get(LIST).json()["results"] == []
        problem(client.get(f"{LIST}/{draft.slug}"), 404, "NOT_FOUND")
        problem(client.get(f"{LIST}/{draft.slug}/columns"), 404, "NOT_FOUND")


def test_an_open_competition_is_public_with_its_rules_and_its_ledger(competition: Competition, at: str) -> None:
    body = APIClient().get(at).json()
    assert (body["state"], body["is_open"], body["organiser"]) == ("open", True, "olga")
    assert body["rules"]["max_group_weight"] == competition.max_group_weight
    assert body["rules"]["version"] == 1
    level = Ledger(competition.delta, 0, 0.0).level()
    assert body["ledger"] == {"delta": competition.delta, "tests": 0, "spent": 0.0, "next_level": level}
    assert body["close_report"] is None


def test_the_list_takes_one_query_however_long(competition: Competition, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert len(APIClient().get(LIST).json()["results"]) == 1
    for number in range(3):
        competition.pk, competition.slug = None, f"copy-{number}"
        competition.save(force_insert=True)
    with django_assert_num_queries(1):
        assert len(APIClient().get(LIST).json()["results"]) == 4


def test_pages_follow_each_other_newest_first_whatever_is_added_meanwhile(competition: Competition) -> None:
    for number in range(4):
        competition.pk, competition.slug = None, f"copy-{number}"
        competition.save(force_insert=True)
    expected = list(Competition.objects.order_by("-pk").values_list("slug", flat=True))
    page = APIClient().get(f"{LIST}?limit=2").json()
    found = [row["slug"] for row in page["results"]]
    competition.pk, competition.slug = None, "late"
    competition.save(force_insert=True)
    while page["next"]:
        page = APIClient().get(page["next"]).json()
        found += [row["slug"] for row in page["results"]]
    assert found == expected


@pytest.mark.parametrize("cursor", ["nonsense", "cD1hYmM=", "cD0xJTAw", "cD0tMQ==", "cD0" + "OTk5" * 20])
def test_a_forged_cursor_is_refused(competition: Competition, cursor: str) -> None:
    response = APIClient().get(LIST, {"cursor": cursor})
    assert response.status_code in {400, 404}, response.content
    assert response.json()["code"] in {"MALFORMED_REQUEST", "NOT_FOUND"}


def test_the_data_dictionary_describes_every_column(competition: Competition, at: str) -> None:
    columns = APIClient().get(f"{at}/columns").json()["columns"]
    assert [column["name"] for column in columns] == list(competition.data_columns.values_list("name", flat=True))
    assert any(column["demographic"] for column in columns)


def test_hidden_splits_are_counted_and_nowhere_to_be_had(team: Team, as_alice: APIClient, at: str) -> None:
    splits = {split["name"]: split for split in as_alice.get(f"{at}/splits").json()["splits"]}
    assert set(splits) >= {"train", "holdout", "guard", "sealed"}
    for name in DataSplit.HIDDEN:
        assert splits[name]["downloads"] == {}
        assert splits[name]["rows"] > 0
        for form in ("parquet", "csv"):
            problem(as_alice.get(f"{at}/splits/{name}.{form}"), 404, "NOT_FOUND")
    assert as_alice.get(splits["train"]["downloads"]["parquet"]).status_code == 200


def test_data_is_for_those_who_accepted_the_rules(competition: Competition, as_charlie: APIClient, at: str) -> None:
    problem(APIClient().get(f"{at}/splits/train.parquet"), 401, "NOT_AUTHENTICATED")
    problem(as_charlie.get(f"{at}/splits/train.parquet"), 409, "RULES_NOT_ACCEPTED")
    as_charlie.post(f"{at}/join", JOINING, format="json")
    assert as_charlie.get(f"{at}/splits/train.parquet").status_code == 200


def test_a_download_is_what_its_digest_says(competition: Competition, as_olga: APIClient, at: str) -> None:
    split = competition.splits.get(name="train")
    response = as_olga.get(f"{at}/splits/train.parquet", HTTP_ACCEPT="application/vnd.apache.parquet")
    content = response.content
    assert hashlib.sha256(content).hexdigest() == split.sha256
    assert response["ETag"] == f'"{split.sha256}"'
    assert len(pd.read_parquet(io.BytesIO(content))) == split.rows


def test_a_download_that_is_known_is_not_sent_again(as_olga: APIClient, at: str) -> None:
    for form in ("parquet", "csv"):
        first = as_olga.get(f"{at}/splits/train.{form}")
        again = as_olga.get(f"{at}/splits/train.{form}", HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert as_olga.get(f"{at}/splits/train.{form}", HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_csv_and_parquet_hold_the_same_rows(as_olga: APIClient, at: str) -> None:
    read = {form: as_olga.get(f"{at}/splits/train.{form}").content for form in ("parquet", "csv")}
    table = pd.read_parquet(io.BytesIO(read["parquet"]))
    assert pd.read_csv(io.BytesIO(read["csv"])).shape == table.shape


@pytest.mark.parametrize("name", ["train.exe", "nothing.parquet", "..parquet", "train.parquet.parquet"])
def test_a_file_that_is_none_of_the_splits_is_not_found(as_olga: APIClient, at: str, name: str) -> None:
    problem(as_olga.get(f"{at}/splits/{name}"), 404, "NOT_FOUND")


def test_joining_accepts_the_rules_and_makes_a_team_once(
    as_charlie: APIClient, charlie: User, competition: Competition, at: str
) -> None:
    first, again = (as_charlie.post(f"{at}/join", JOINING, format="json") for _ in range(2))
    assert (first.status_code, first.json()["name"], first.json()["members"]) == (201, "Charlie's", ["charlie"])
    assert again.json() == first.json()
    assert RulesAcceptance.objects.get(user=charlie).rules_version == 1


def test_rules_that_have_changed_since_they_were_read_are_not_accepted(
    as_charlie: APIClient, competition: Competition, at: str
) -> None:
    Competition.objects.update(rules_version=2)
    body = problem(as_charlie.post(f"{at}/join", JOINING, format="json"), 409, "RULES_CHANGED")
    assert body["numbers"] == {"in_force": 2}
    assert not Team.objects.exists()
    assert as_charlie.post(f"{at}/join", JOINING | {"rules_version": 2}, format="json").status_code == 201


def test_the_organiser_may_not_compete(as_olga: APIClient, at: str) -> None:
    problem(as_olga.post(f"{at}/join", JOINING, format="json"), 403, "ORGANISER_MAY_NOT_COMPETE")


def test_a_team_name_is_had_by_one_team(team: Team, as_charlie: APIClient, at: str) -> None:
    problem(as_charlie.post(f"{at}/join", JOINING | {"team_name": team.name}, format="json"), 409, "TEAM_NAME_TAKEN")
    assert as_charlie.post(f"{at}/join", JOINING, format="json").status_code == 201


def test_versions_are_listed_with_their_provisional_error(competition: Competition, at: str) -> None:
    rows = APIClient().get(f"{at}/versions").json()["results"]
    assert [(row["number"], row["nodes_count"]) for row in rows] == [(0, 0)]
    assert 0 < rows[0]["overall"]["loss"]["estimate"] < 1
    one = APIClient().get(f"{at}/versions/0").json()
    assert one["nodes"] == []
    assert {"name", "rows", "loss", "harm", "kind"} <= set(one["groups"][0])
    problem(APIClient().get(f"{at}/versions/1"), 404, "NOT_FOUND")


def test_no_answer_about_a_competition_names_a_file_or_an_array(competition: Competition, at: str) -> None:
    told = "".join(APIClient().get(f"{at}{path}").content.decode() for path in ("", "/splits", "/versions/0"))
    version = competition.versions.get()
    for secret in (version.hidden_answers, version.public_answers, competition.splits.get(name="train").file):
        assert secret
        assert secret not in told
