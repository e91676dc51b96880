"""The submit page and the preview: what is sent, what is refused beside its field, what is only looked at."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bounty import clock
from bounty.models import Competition, Team, User
from scoring.sandbox.limits import MAX_SOURCE_BYTES
from submissions.models import QueryBudget, Submission
from tests.onnx_files import older_than
from tests.pages import read, signed_in, words

PREDICATE = {"group_kind": "predicate", "predicate": "age_band == '18-24'", "patch_kind": "platform"}
GROUP = "def group(X):\n    return X['age_band'] == '18-24'\n"


@pytest.fixture
def at(competition: Competition) -> str:
    return f"/competitions/{competition.slug}/submit/"


@pytest.fixture
def as_alice(team: Team, alice: User) -> Client:
    return signed_in(alice)


def test_submitting_needs_an_account_and_the_rules(client: Client, at: str, charlie: User) -> None:
    assert client.post(at, PREDICATE)["Location"].startswith("/login/")
    outside = signed_in(charlie).post(at, PREDICATE)
    assert (outside.status_code, "Accept the rules first" in words(outside)) == (409, True)
    assert signed_in(charlie).get(at).status_code == 200
    assert Submission.objects.count() == 0


def test_a_predicate_is_received_and_the_page_leads_to_it(as_alice: Client, at: str) -> None:
    answer = as_alice.post(at, PREDICATE | {"title": "Young"})
    submission = Submission.objects.get()
    assert answer["Location"] == f"/submissions/{submission.pk}/"
    assert (submission.group_text, submission.patch_kind, submission.title) == (
        PREDICATE["predicate"],
        "platform",
        "Young",
    )


def test_a_second_click_is_the_same_submission(as_alice: Client, at: str) -> None:
    key = next(i["value"] for i in read(as_alice.get(at)).all("input") if i.get("name") == "idempotency_key")
    first, second = (as_alice.post(at, PREDICATE | {"idempotency_key": key}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Submission.objects.count() == 1


def test_a_changed_form_with_an_old_key_is_told_and_goes_through_when_sent_again(as_alice: Client, at: str) -> None:
    as_alice.post(at, PREDICATE | {"idempotency_key": "old"})
    changed = PREDICATE | {"predicate": "age_band == '25-34'", "idempotency_key": "old"}
    told = as_alice.post(at, changed)
    key = next(i["value"] for i in read(told).all("input") if i.get("name") == "idempotency_key")
    assert (told.status_code, Submission.objects.count(), key == "old") == (409, 1, False)
    assert as_alice.post(at, changed | {"idempotency_key": key}).status_code == 302


FAULTS: list[tuple[str, dict[str, str]]] = [
    ("PREDICATE_SYNTAX", {"predicate": "age_band == == '18-24'"}),
    ("UNKNOWN_COLUMN", {"predicate": "age_bond == '18-24'"}),
    ("WRONG_TYPE", {"predicate": "income == 'much'"}),
    ("PREDICATE_EMPTY", {"predicate": " "}),
    ("SOURCE_EMPTY", {"group_kind": "python", "group_source": ""}),
    ("SOURCE_EMPTY", {"patch_kind": "python", "patch_source": ""}),
]


@pytest.mark.parametrize(("code", "fault"), FAULTS)
def test_a_fault_stands_beside_its_field_and_the_input_is_kept(
    as_alice: Client, at: str, code: str, fault: dict[str, str]
) -> None:
    answer = as_alice.post(at, PREDICATE | {"note": "kept"} | fault)
    page = read(answer)
    assert (answer.status_code, Submission.objects.count()) == (422, 0)
    assert code in page.text
    assert "kept" in page.text
    assert any(area.get("aria-invalid") == "true" for area in page.all("textarea"))
    summary = [a["href"] for a in page.all("a") if (a.get("href") or "").startswith("#id_")]
    assert summary[0] in {f"#{area['id']}" for area in page.all("textarea")}


def test_a_fault_of_the_predicate_is_pointed_at(as_alice: Client, at: str) -> None:
    answer = as_alice.post(at, PREDICATE | {"predicate": "income > 10 and agee < 3"})
    html = answer.content.decode()
    assert "<code>income &gt; 10 and <mark>agee</mark> &lt; 3</code>" in html
    assert "character 17" in words(answer)


def test_a_python_group_is_taken_from_the_text_or_from_a_file(as_alice: Client, at: str) -> None:
    python = {"group_kind": "python", "patch_kind": "platform"}
    as_alice.post(at, python | {"group_source": GROUP.replace("\n", "\r\n")})
    as_alice.post(at, python | {"group_source": "never read", "group_file": SimpleUploadedFile("g.py", GROUP.encode())})
    first, second = Submission.objects.order_by("pk")
    assert first.group_source == second.group_source
    assert first.group_source is not None
    assert first.group_source.size_bytes == len(GROUP)


@pytest.mark.parametrize(("size", "stored"), [(MAX_SOURCE_BYTES + 1, 0), (MAX_SOURCE_BYTES, 1)])
def test_a_file_over_the_limit_is_not_taken(as_alice: Client, at: str, size: int, stored: int) -> None:
    file = SimpleUploadedFile("g.py", GROUP.encode().ljust(size, b"\n"))
    answer = as_alice.post(at, {"group_kind": "python", "patch_kind": "platform", "group_file": file})
    assert Submission.objects.count() == stored
    assert ("SOURCE_TOO_LARGE" in answer.content.decode()) == (stored == 0)


def test_a_pickle_is_refused(as_alice: Client, at: str) -> None:
    file = SimpleUploadedFile("model.pkl", b"\x80\x04\x95")
    answer = as_alice.post(at, PREDICATE | {"patch_kind": "python", "patch_file": file})
    assert (answer.status_code, "PICKLE_REFUSED" in words(answer)) == (422, True)


def test_a_model_is_taken_from_its_file(as_alice: Client, at: str) -> None:
    file = SimpleUploadedFile("patch.onnx", older_than(40))
    answer = as_alice.post(at, PREDICATE | {"patch_kind": "onnx", "patch_model": file})
    submission = Submission.objects.get()
    assert answer["Location"] == f"/submissions/{submission.pk}/"
    assert submission.patch_source is not None
    assert (submission.patch_kind, submission.patch_source.size_bytes) == ("onnx", len(older_than(40)))


@pytest.mark.parametrize(
    ("code", "data"),
    [("MODEL_EMPTY", None), ("MODEL_NOT_ONNX", b"no model"), ("MODEL_FORMAT_REFUSED", b"\x89HDF\r\n\x1a\n")],
)
def test_what_is_no_model_is_told_beside_its_field(as_alice: Client, at: str, code: str, data: bytes | None) -> None:
    fields: dict[str, object] = {"patch_kind": "onnx"}
    if data is not None:
        fields["patch_model"] = SimpleUploadedFile("patch.onnx", data)
    page = read(as_alice.post(at, PREDICATE | fields))
    assert code in page.text
    (field,) = [given for given in page.all("input") if given.get("name") == "patch_model"]
    assert field.get("aria-invalid") == "true"
    assert f"#{field['id']}" in {link.get("href") for link in page.all("a")}
    assert Submission.objects.count() == 0


def test_a_way_that_was_not_chosen_is_not_sent(as_alice: Client, at: str) -> None:
    as_alice.post(at, PREDICATE | {"group_source": "import os", "patch_source": "import os"})
    submission = Submission.objects.get()
    assert (submission.group_source, submission.patch_source) == (None, None)


def test_only_forms_of_patch_that_the_competition_takes_are_offered(as_alice: Client, at: str) -> None:
    offered = {i["value"] for i in read(as_alice.get(at)).all("input") if i.get("name") == "patch_kind"}
    assert offered == {"platform", "python", "onnx"}
    assert as_alice.post(at, PREDICATE | {"patch_kind": "route"}).status_code == 422
    assert Submission.objects.count() == 0


def test_trying_a_group_from_the_form_stores_nothing_and_keeps_the_input(as_alice: Client, at: str) -> None:
    answer = as_alice.post(at, PREDICATE | {"preview": "1", "title": "kept"})
    assert "On public rows:" in words(answer)
    assert 'value="kept"' in answer.content.decode()
    assert (Submission.objects.count(), QueryBudget.objects.count()) == (0, 0)


def test_a_quota_that_is_used_up_says_when_it_starts_again(as_alice: Client, at: str, team: Team) -> None:
    QueryBudget.objects.create(team=team, day=clock.today(), used=team.competition.submissions_per_day)
    page = as_alice.get(at)
    assert "0 of" in words(page)
    assert any("disabled" in button for button in read(page).all("button"))
    refused = as_alice.post(at, PREDICATE)
    assert (refused.status_code, "QUOTA_DAY" in words(refused), Submission.objects.count()) == (429, True, 0)


def test_anyone_may_try_a_group_on_public_rows(client: Client, competition: Competition) -> None:
    at = f"/competitions/{competition.slug}/preview/"
    page = client.get(at, {"predicate": "age_band == '18-24'"})
    assert "On public rows:" in words(page)
    assert read(page).forbidden() == []
    faulty = client.get(at, {"predicate": "age_band = 18"})
    assert (faulty.status_code, "WRONG_TYPE" in words(faulty)) == (422, True)


def test_an_empty_preview_says_what_to_check(client: Client, competition: Competition) -> None:
    page = client.get(f"/competitions/{competition.slug}/preview/", {"predicate": "age_band == 'nobody'"})
    assert "picks no public row" in words(page)


def test_the_example_and_the_sources_to_begin_from_are_valid(
    as_alice: Client, at: str, competition: Competition
) -> None:
    from_page = as_alice.get(at).context
    tried = as_alice.get(f"/competitions/{competition.slug}/preview/", {"predicate": from_page["example"]})
    assert tried.status_code == 200
    for source in (from_page["form"].initial["group_source"], from_page["form"].initial["patch_source"]):
        compile(source, "source", "exec")


def test_a_closed_competition_says_that_it_takes_nothing(as_alice: Client, at: str) -> None:
    Competition.objects.update(state=Competition.State.CLOSED)
    answer = as_alice.post(at, PREDICATE)
    assert (answer.status_code, "No submission is taken now" in words(answer)) == (409, True)
    assert Submission.objects.count() == 0
