"""The hosted model asked through the API: which node answers a row, and what."""

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rest_framework.test import APIClient

from bounty import arrays, public_data
from bounty.models import Competition, DataColumn, HostedModelVersion, User
from submissions import prediction
from submissions.actions.certify import certify
from submissions.actions.judge import judge
from submissions.actions.open_round import open_round
from submissions.models import Submission
from tests.api.conftest import WOMEN, Post, problem

N = 40


@pytest.fixture
def merged(judged: Post, competition: Competition, olga: User) -> Submission:
    judged(**WOMEN)
    certify(open_round(competition, by=olga).pk)
    return Submission.objects.get()


def rows(competition: Competition, n: int = N) -> list[dict[str, Any]]:
    """The first public rows, as a program would send them."""
    split = competition.splits.get(name="train")
    roles = (DataColumn.Role.FEATURE, DataColumn.Role.PREDICTION)
    names = list(competition.data_columns.filter(role__in=roles).values_list("name", flat=True))
    frame = pd.read_parquet(io.BytesIO(public_data.read_split(split)), columns=names).head(n)
    found: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return found


def test_every_version_answers_as_it_does_on_its_own_rows(
    merged: Submission, competition: Competition, as_alice: APIClient, at: str
) -> None:
    for version in HostedModelVersion.objects.all():
        asked = as_alice.post(f"{at}/versions/{version.number}/predict", {"rows": rows(competition)}, format="json")
        assert asked.status_code == 200, asked.content
        found = [one["prediction"] for one in asked.json()["predictions"]]
        stored = arrays.load(version.public_answers)[:N]
        assert found == [competition.classes[code] for code in stored]


def test_each_answer_names_the_node_that_gave_it(
    merged: Submission, competition: Competition, as_alice: APIClient, at: str
) -> None:
    found = as_alice.post(f"{at}/versions/1/predict", {"rows": rows(competition, 300)}, format="json").json()
    mask = arrays.load(merged.public_mask)[:300]
    assert 0 < np.count_nonzero(mask) < 300
    by_patch = [one["submission"] == merged.pk for one in found["predictions"]]
    assert by_patch == mask.tolist()
    assert {(one["version"], one["node"]) for one in found["predictions"]} == {(1, 0), (0, None)}


def test_a_patch_is_asked_once_for_all_rows_that_reach_it_by_whatever_way(
    merged: Submission,
    sent: Post,
    competition: Competition,
    as_alice: APIClient,
    at: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    north = sent(predicate="region == 'North'")["id"]
    leaf, *_ = competition.versions.get(number=1).nodes
    publish(competition, [[leaf, {"kind": "pointer", "group": north, "version": 1}]])
    asked, refitted = [], prediction.refitted
    monkeypatch.setattr(prediction, "refitted", lambda *of: asked.append(of) or refitted(*of))
    second, first = (
        as_alice.post(f"{at}/versions/{number}/predict", {"rows": rows(competition, 300)}, format="json").json()
        for number in (2, 1)
    )
    assert len(asked) == 2  # one for each request
    given = [[(one["prediction"], one["submission"]) for one in each["predictions"]] for each in (first, second)]
    assert given[0] == given[1]
    assert {(one["version"], one["node"]) for one in second["predictions"]} == {(2, 0), (1, 0), (0, None)}


def test_a_thousand_pointers_in_a_row_are_followed(
    merged: Submission, competition: Competition, as_alice: APIClient, at: str
) -> None:
    publish(competition, [[{"kind": "pointer", "group": merged.pk, "version": k}] for k in range(1, 1200)])
    last, first = (
        as_alice.post(f"{at}/versions/{number}/predict", {"rows": rows(competition, 300)}, format="json").json()
        for number in (1200, 1)
    )
    assert last["predictions"] == first["predictions"]


def publish(competition: Competition, lists: list[list[dict[str, Any]]]) -> None:
    """Versions 2 and on, with these nodes; only their lists are asked."""
    kept = {"competition": competition, "base": competition.versions.get(number=1)}
    kept |= {"recipe": competition.versions.get(number=0).recipe}
    HostedModelVersion.objects.bulk_create(
        HostedModelVersion(number=number, nodes=nodes, **kept) for number, nodes in enumerate(lists, start=2)
    )


def test_the_decision_list_says_what_is_asked_in_its_order(merged: Submission, at: str) -> None:
    body = APIClient().get(f"{at}/versions/1/decision-list").json()
    assert [(node["kind"], node["group"], node["patch_submission"]) for node in body["nodes"]] == [
        ("leaf", merged.group_text, merged.pk)
    ]
    assert APIClient().get(f"{at}/versions/0/decision-list").json()["nodes"] == []


def test_rows_that_need_an_entrants_code_are_refused_by_name(
    merged: Submission, competition: Competition, as_alice: APIClient, at: str
) -> None:
    Submission.objects.filter(pk=merged.pk).update(patch_kind=Submission.PatchKind.PYTHON)
    asked = {"rows": rows(competition, 300)}
    body = problem(as_alice.post(f"{at}/versions/1/predict", asked, format="json"), 409, "PREDICT_NEEDS_CODE")
    assert (body["numbers"]["submission"], body["numbers"]["part"]) == (merged.pk, "patch")
    outside = [row for row in asked["rows"] if row["sex"] == "Male"]
    assert as_alice.post(f"{at}/versions/1/predict", {"rows": outside}, format="json").status_code == 200


@pytest.mark.parametrize(
    ("kind", "recipe", "state", "advice", "form"),
    [
        ("python", {}, "open", "Ask version 0, which runs no code; version 1 cannot be exported, ", None),
        (
            "python",
            {"estimator": "tree"},
            "open",
            "form=module, and ask the file. Until the close only the organiser may: ask version 0.",
            "module",
        ),
        ("python", {"estimator": "tree"}, "closed", "with form=module, and ask the file.", "module"),
        ("onnx", {"estimator": "tree"}, "closed", "form=module or form=onnx, and ask the file.", "module"),
    ],
)
def test_the_refusal_says_what_to_do_instead(
    merged: Submission,
    competition: Competition,
    as_alice: APIClient,
    at: str,
    kind: str,
    recipe: dict[str, str],
    state: str,
    advice: str,
    form: str | None,
) -> None:
    Submission.objects.filter(pk=merged.pk).update(patch_kind=kind)
    HostedModelVersion.objects.update(recipe=recipe)
    Competition.objects.update(state=state)
    asked = {"rows": rows(competition, 300)}
    body = problem(as_alice.post(f"{at}/versions/1/predict", asked, format="json"), 409, "PREDICT_NEEDS_CODE")
    assert advice in body["detail"]
    assert body["detail"].endswith("and ask the file.") == (state == "closed")
    assert body["numbers"].get("form") == form


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"age_band": 3}, "ROW_WRONG"),
        ({"income": "much"}, "ROW_WRONG"),
        ({"income": True}, "ROW_WRONG"),
        ({"height": 3}, "ROW_COLUMN_UNKNOWN"),
        ({"sex": ...}, "ROW_INCOMPLETE"),
    ],
)
def test_a_row_of_another_form_is_refused(
    competition: Competition, as_alice: APIClient, at: str, change: dict[str, Any], code: str
) -> None:
    row = rows(competition, 1)[0]
    wrong = {name: value for name, value in {**row, **change}.items() if value is not ...}
    problem(as_alice.post(f"{at}/versions/0/predict", {"rows": [wrong]}, format="json"), 422, code)
    assert as_alice.post(f"{at}/versions/0/predict", {"rows": [row]}, format="json").status_code == 200


def test_a_missing_value_is_a_value(competition: Competition, as_alice: APIClient, at: str) -> None:
    roles = dict(competition.data_columns.values_list("name", "role"))
    empty = {name: None if roles[name] == "feature" else value for name, value in rows(competition, 1)[0].items()}
    found = as_alice.post(f"{at}/versions/0/predict", {"rows": [empty]}, format="json").json()["predictions"]
    assert found[0]["prediction"] in competition.classes


def test_a_timeline_tells_what_happened_in_order(
    merged: Submission, sent: Post, as_alice: APIClient, as_bot: APIClient
) -> None:
    events = as_alice.get(f"/api/v1/submissions/{merged.pk}/events").json()["events"]
    assert [event["kind"] for event in events][:2] == ["sent", "judged"]
    assert [event["kind"] for event in events][2:6] == ["entered_round", "tested", "certified", "merged"]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    other = sent(predicate="sex == 'Male'")
    judge(other["id"])
    assert [one["kind"] for one in as_alice.get(f"{other['url']}/events").json()["events"]] == ["sent", "judged"]
    problem(as_bot.get(f"{other['url']}/events"), 404, "NOT_FOUND")
