"""One request submits; what it says is stored, judged, and told to those it concerns."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from bounty.models import Competition, Team
from scoring.sandbox.limits import MAX_SOURCE_BYTES
from submissions.models import Submission
from submissions.states import Status
from tests.api.conftest import MEN, WOMEN, Post, problem

GROUP = "def group(X):\n    return X['sex'] == 'Female'\n"
PATCH = "def fit(X, y):\n    return None\n\ndef predict(model, X):\n    return [0] * len(X)\n"


def test_a_predicate_alone_is_a_submission_whose_patch_the_platform_trains(sent: Post) -> None:
    body = sent(predicate="sex = 'Female'", title="Women")
    assert (body["status"], body["is_final"], body["verdict"]) == ("queued", False, None)
    assert body["group"] == {"kind": "predicate", "text": "sex == 'Female'", "source_sha256": None}
    assert body["patch"]["kind"] == "platform"
    assert body["title"] == "Women"


def test_the_answer_says_where_the_submission_lies_and_what_may_be_done_with_it(
    as_alice: APIClient, team: Team, at: str
) -> None:
    response = as_alice.post(f"{at}/submissions", WOMEN, format="json")
    body = response.json()
    assert response["Location"] == body["url"]
    assert as_alice.get(body["url"]).json() == body
    assert as_alice.post(body["links"]["cancel"]).json()["status"] == "cancelled"


def test_python_is_sent_as_text_or_as_files_and_is_the_same_artifact(sent: Post, as_alice: APIClient, at: str) -> None:
    as_text = sent(group_source=GROUP, patch_source=PATCH)
    files = {
        "group_source": SimpleUploadedFile("group.py", GROUP.encode()),
        "patch_source": SimpleUploadedFile("patch.py", PATCH.encode()),
    }
    response = as_alice.post(f"{at}/submissions", files | {"title": "As files"}, format="multipart")
    assert response.status_code == 201, response.content
    as_files = response.json()
    assert (as_files["group"], as_files["patch"]) == (as_text["group"], as_text["patch"])
    assert (as_files["group"]["kind"], as_files["patch"]["kind"]) == ("python", "python")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "predicate"),
        (WOMEN | {"group_source": GROUP}, "group_source"),
        (WOMEN | {"patch_column": "a", "patch_source": PATCH}, "patch_source"),
        (WOMEN | {"title": "a" * 121}, "title"),
        ({"predicate": ["sex"]}, "predicate"),
        ({"group_source": 7}, "group_source"),
    ],
)
def test_a_request_of_the_wrong_form_names_the_field_and_stores_nothing(
    as_alice: APIClient, team: Team, at: str, fields: dict[str, Any], field: str
) -> None:
    body = problem(as_alice.post(f"{at}/submissions", fields, format="json"), 422, "INVALID_INPUT")
    assert body["field"] == field
    assert not Submission.objects.exists()
    assert as_alice.post(f"{at}/submissions", WOMEN, format="json").status_code == 201


def test_source_that_is_no_unicode_is_refused(as_alice: APIClient, team: Team, at: str) -> None:
    sent = as_alice.generic("POST", f"{at}/submissions", '{"group_source": "\\ud800"}', content_type="application/json")
    assert problem(sent, 422, "INVALID_INPUT")["field"] == "group_source"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"predicate": "sex =="}, "PREDICATE_SYNTAX"),
        ({"predicate": ""}, "PREDICATE_EMPTY"),
        ({"predicate": "height > 3"}, "UNKNOWN_COLUMN"),
        ({"predicate": "sex > 3"}, "WRONG_TYPE"),
        ({"predicate": " or ".join(["sex == 'Female'"] * 5000)}, "PREDICATE_TOO_LARGE"),
        ({"group_source": GROUP + "#" * MAX_SOURCE_BYTES}, "SOURCE_TOO_LARGE"),
        ({"group_source": ""}, "SOURCE_EMPTY"),
        (WOMEN | {"patch_column": "sex"}, "PATCH_KIND_NOT_OFFERED"),
    ],
)
def test_what_the_intake_refuses_keeps_its_code_and_stores_nothing(
    as_alice: APIClient, team: Team, at: str, fields: dict[str, Any], code: str
) -> None:
    body = problem(as_alice.post(f"{at}/submissions", fields, format="json"), 422, code)
    assert body["fault"] == "entrant"
    assert not Submission.objects.exists()
    assert as_alice.get(f"{at}/quota").json()["used"] == 0


def test_a_fault_in_a_predicate_is_located(as_alice: APIClient, team: Team, at: str) -> None:
    asked = {"predicate": "sex == 'Female' and height > 3"}
    body = problem(as_alice.post(f"{at}/submissions", asked, format="json"), 422, "UNKNOWN_COLUMN")
    assert (body["field"], body["numbers"]["position"]) == ("predicate", 20)


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib"])
def test_a_stored_object_is_never_opened(as_alice: APIClient, team: Team, at: str, name: str) -> None:
    files = WOMEN | {"patch_source": SimpleUploadedFile(name, b"\x80\x04" + b"cposix\nsystem\n")}
    problem(as_alice.post(f"{at}/submissions", files, format="multipart"), 422, "PICKLE_REFUSED")


def test_the_same_key_gives_the_same_submission_and_costs_once(as_alice: APIClient, team: Team, at: str) -> None:
    first, again = (
        as_alice.post(f"{at}/submissions", WOMEN, format="json", HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)
    )
    assert first.json()["id"] == again.json()["id"]
    assert as_alice.get(f"{at}/quota").json()["used"] == 1
    other = as_alice.post(f"{at}/submissions", WOMEN, format="json", HTTP_IDEMPOTENCY_KEY="two")
    assert other.json()["id"] != first.json()["id"]


def test_a_key_does_not_stand_for_two_requests(as_alice: APIClient, team: Team, at: str) -> None:
    as_alice.post(f"{at}/submissions", WOMEN, format="json", HTTP_IDEMPOTENCY_KEY="one")
    response = as_alice.post(f"{at}/submissions", MEN, format="json", HTTP_IDEMPOTENCY_KEY="one")
    problem(response, 409, "IDEMPOTENCY_MISMATCH")


@pytest.mark.parametrize("key", ["", "k" * 81, "tab\tbed"])
def test_a_key_that_cannot_be_kept_is_refused(as_alice: APIClient, team: Team, at: str, key: str) -> None:
    response = as_alice.post(f"{at}/submissions", WOMEN, format="json", HTTP_IDEMPOTENCY_KEY=key)
    problem(response, 422, "IDEMPOTENCY_KEY_INVALID")
    assert as_alice.post(f"{at}/submissions", WOMEN, format="json", HTTP_IDEMPOTENCY_KEY="k" * 80).status_code == 201


def test_only_those_who_accepted_the_rules_submit(as_charlie: APIClient, competition: Competition, at: str) -> None:
    problem(as_charlie.post(f"{at}/submissions", WOMEN, format="json"), 409, "RULES_NOT_ACCEPTED")
    as_charlie.post(f"{at}/join", {"rules_version": 1}, format="json")
    assert as_charlie.post(f"{at}/submissions", WOMEN, format="json").status_code == 201


def test_a_closed_competition_takes_nothing(as_alice: APIClient, team: Team, at: str) -> None:
    Competition.objects.update(state=Competition.State.CLOSED)
    problem(as_alice.post(f"{at}/submissions", WOMEN, format="json"), 409, "COMPETITION_CLOSED")


def test_a_used_up_quota_says_when_it_starts_again(as_alice: APIClient, team: Team, sent: Post, at: str) -> None:
    Competition.objects.update(submissions_per_day=1)
    sent()
    response = as_alice.post(f"{at}/submissions", WOMEN, format="json")
    body = problem(response, 429, "QUOTA_DAY")
    assert body["numbers"]["limit"] == 1
    assert 0 < int(response["Retry-After"]) <= 24 * 3600 + 1
    quota = as_alice.get(f"{at}/quota").json()
    assert (quota["left"], quota["resets_at"][:19]) == (0, body["numbers"]["resets_at"][:19])


def test_a_submission_is_its_teams_and_the_organisers(
    sent: Post, as_bob: APIClient, as_olga: APIClient, as_bot: APIClient, rivals: Team, at: str
) -> None:
    made = sent()
    for client in (as_bob, as_olga):
        assert client.get(made["url"]).json()["id"] == made["id"]
        assert len(client.get(f"{at}/submissions").json()["results"]) == 1
    problem(as_bot.get(made["url"]), 404, "NOT_FOUND")
    assert as_bot.get(f"{at}/submissions").json()["results"] == []


def test_only_its_team_takes_a_submission_back(
    sent: Post, as_olga: APIClient, as_bot: APIClient, as_bob: APIClient, rivals: Team
) -> None:
    cancel = sent()["links"]["cancel"]
    problem(as_bot.post(cancel), 404, "NOT_FOUND")
    problem(as_olga.post(cancel), 403, "NOT_YOUR_TEAM")
    assert as_bob.post(cancel).json()["status"] == "cancelled"


def test_a_judged_submission_tells_its_verdict_with_its_numbers(judged: Post) -> None:
    body = judged()
    verdict = body["verdict"]
    assert (body["status"], body["is_final"]) == ("scored", True)
    assert (verdict["code"], verdict["outcome"], verdict["fault"], verdict["version"]) == ("SCORED", "scored", "", 0)
    assert verdict["documentation"] == "/docs/errors#SCORED"
    assert verdict["numbers"]["n"] > verdict["numbers"]["rows"] > 0
    assert body["verdicts"] == [verdict]
    assert set(body["links"]) == {"withdraw"}


def test_a_refused_submission_tells_why_and_whose_fault_it_is(judged: Post) -> None:
    body = judged(predicate="sex == 'nobody'")
    verdict = body["verdict"]
    assert (body["status"], verdict["code"], verdict["fault"]) == ("refused", "EMPTY_GROUP", "entrant")
    assert verdict["sentence"]
    assert body["links"] == {}


def test_a_scored_submission_is_withdrawn_and_cannot_be_cancelled(judged: Post, as_alice: APIClient) -> None:
    body = judged()
    problem(as_alice.post(f"/api/v1/submissions/{body['id']}/cancel"), 409, "TOO_LATE_TO_CANCEL")
    assert as_alice.post(body["links"]["withdraw"]).json()["status"] == "withdrawn"
    problem(as_alice.post(body["links"]["withdraw"]), 409, "CANNOT_WITHDRAW")


def test_no_answer_tells_where_the_evidence_lies(judged: Post, as_alice: APIClient) -> None:
    body = judged()
    stored = Submission.objects.get(pk=body["id"])
    told = as_alice.get(body["url"]).content.decode()
    for secret in (stored.hidden_mask, stored.hidden_answers, stored.worker):
        assert secret
        assert secret not in told


def test_the_list_is_filtered_by_status(sent: Post, as_alice: APIClient, at: str) -> None:
    kept, cancelled = sent(), sent(**MEN)
    as_alice.post(cancelled["links"]["cancel"])
    found = as_alice.get(f"{at}/submissions", {"status": Status.QUEUED}).json()["results"]
    assert [row["id"] for row in found] == [kept["id"]]
    problem(as_alice.get(f"{at}/submissions", {"status": "lost"}), 422, "INVALID_INPUT")


def test_queries_do_not_grow_with_the_list(
    sent: Post, as_alice: APIClient, at: str, django_assert_num_queries: Any
) -> None:
    sent()
    as_alice.get(f"{at}/submissions")  # notes the use of the token, which a minute's further uses do not
    for expected in (1, 4):
        with django_assert_num_queries(5):  # the token, the competition, the submissions, their newest verdicts
            assert len(as_alice.get(f"{at}/submissions").json()["results"]) == expected
        for value in "abc":
            sent(predicate=f"sex != '{value}'")
