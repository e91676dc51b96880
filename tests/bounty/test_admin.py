"""The admin pages: every model can be found and read; evidence cannot be touched."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from bounty.actions.import_bundle import import_bundle
from bounty.actions.issue_token import issue_token
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.models import ApiToken, AuditEvent, Competition, DataSplit, HostedModelVersion, Team, User
from submissions.models import (
    Artifact,
    Candidate,
    Certificate,
    Merge,
    QueryBudget,
    Round,
    Submission,
    Verdict,
)
from submissions.states import Status
from tests.bounty.bundles import SmallBundle

MODELS = [model for app in ("bounty", "submissions") for model in apps.get_app_config(app).get_models()]


@pytest.fixture
def competition(small: SmallBundle, olga: User) -> Competition:
    small.manifest["title"] = "<b>Bold</b> loans"
    return publish_competition(import_bundle(small.write(), organiser=olga), by=olga)


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", password="x" * 12))
    return client


@pytest.fixture
def rows(competition: Competition, alice: User) -> Competition:
    """One row at least of every model."""
    team = join_competition(competition, user=alice)
    issue_token(alice, name="laptop", scopes=["read"])
    artifact = Artifact.objects.create(sha256="a" * 64, size_bytes=3, file="artifacts/a")
    QueryBudget.objects.create(team=team, day="2026-01-01", used=2)
    submission = Submission.objects.create(
        competition=competition, team=team, sent_by=alice, group_kind="python", group_text="group", seed=1,
        group_source=artifact, patch_kind="platform", status=Status.MERGED,
    )  # fmt: skip
    before = competition.versions.get()
    after = HostedModelVersion.objects.create(
        competition=competition, number=1, hidden_answers=before.hidden_answers, public_answers=before.public_answers
    )
    Verdict.objects.create(
        submission=submission, attempt=1, version=before, outcome="scored", code="SCORED", sentence="x"
    )
    held = Round.objects.create(competition=competition, number=1)
    candidate = Candidate.objects.create(round=held, submission=submission, position=1, provisional_score=0.1)
    certificate = Certificate.objects.create(candidate=candidate, version=before, body={"level": 0.01}, digest="c" * 64)
    Merge.objects.create(
        competition=competition, submission=submission, certificate=certificate, before=before, after=after
    )
    return competition


def _address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_can_be_listed_searched_and_read(model: type[Model], rows: Competition, staff: Client) -> None:
    row = model._default_manager.first()
    assert row is not None
    assert staff.get(_address(model, "changelist")).status_code == 200
    assert staff.get(_address(model, "changelist"), {"q": "1"}).status_code == 200
    page = staff.get(_address(model, "change", row.pk))
    assert page.status_code == 200
    assert "<b>Bold</b>" not in page.content.decode()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_has_something_to_search_by_and_to_filter_by(model: type[Model]) -> None:
    registered = admin.site._registry[model]
    assert registered.search_fields
    assert registered.list_filter or registered.date_hierarchy


@pytest.mark.parametrize("model", [m for m in MODELS if m not in (User, Competition)], ids=lambda model: model.__name__)
def test_evidence_is_neither_added_changed_nor_deleted(model: type[Model], rows: Competition, staff: Client) -> None:
    row = model._default_manager.first()
    assert row is not None
    assert staff.get(_address(model, "add")).status_code == 403
    assert staff.post(_address(model, "change", row.pk), {}).status_code == 403
    assert staff.post(_address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def test_a_list_asks_no_more_of_the_database_when_it_is_longer(
    rows: Competition, staff: Client, django_assert_max_num_queries: object, bob: User, charlie: User
) -> None:
    counts = []
    for user in (bob, charlie):
        with django_assert_max_num_queries(60) as captured:  # type: ignore[operator]
            staff.get(_address(Team, "changelist"))
        counts.append(len(captured))
        join_competition(rows, user=user)
    assert counts[0] == counts[1]


def test_charlie_may_not_see_the_admin(client: Client, charlie: User, competition: Competition) -> None:
    client.force_login(charlie)
    answer = client.get(_address(Competition, "changelist"))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login"))


def _form(staff: Client, competition: Competition, **changes: object) -> dict[str, object]:
    page = staff.get(_address(Competition, "change", competition.pk))
    values = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}
    editable = {name: values.get(name, "") for name in page.context["adminform"].form.fields}
    for name in ("opens_at", "closes_at"):
        moment = editable.pop(name) or None
        editable[f"{name}_0"] = moment.strftime("%Y-%m-%d") if moment else ""  # type: ignore[union-attr,attr-defined]
        editable[f"{name}_1"] = moment.strftime("%H:%M:%S") if moment else ""  # type: ignore[union-attr,attr-defined]
    for prefix in ("splits", "versions"):
        editable |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return editable | changes


def test_the_texts_of_a_competition_are_edited_and_recorded(competition: Competition, staff: Client) -> None:
    form = _form(staff, competition, summary="Another summary.", rules_text="Be kind.", delta=0.4)
    assert staff.post(_address(Competition, "change", competition.pk), form).status_code == 302
    competition.refresh_from_db()
    assert (competition.summary, competition.rules_version, competition.delta) == ("Another summary.", 2, 0.05)
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.data["fields"]) == ("edit_competition", ["rules_text", "summary"])


def test_limits_above_the_platform_s_are_sent_back_with_the_form(competition: Competition, staff: Client) -> None:
    address = _address(Competition, "change", competition.pk)
    refused = staff.post(address, _form(staff, competition, limits='{"group": {"cpu_s": 9}}'))
    assert "group.cpu_s must be from 1 to 8." in refused.content.decode()
    assert staff.post(address, _form(staff, competition, limits='{"group": {"cpu_s": 2}}')).status_code == 302
    competition.refresh_from_db()
    assert (competition.limits, competition.rules_version) == ({"group": {"cpu_s": 2}}, 2)


def test_a_closed_competition_is_only_read(competition: Competition, staff: Client) -> None:
    form = _form(staff, competition, summary="Another summary.")
    Competition.objects.filter(pk=competition.pk).update(state="closed")
    assert staff.post(_address(Competition, "change", competition.pk), form).status_code == 403


def test_drafts_are_published_from_the_list(small: SmallBundle, olga: User, staff: Client) -> None:
    draft = import_bundle(small.folder, organiser=olga)
    choice = {"action": "publish", "_selected_action": [draft.pk]}
    staff.post(_address(Competition, "changelist"), choice)
    draft.refresh_from_db()
    assert draft.state == "open"
    again = staff.post(_address(Competition, "changelist"), choice)
    assert "has been published before" in str(list(get_messages(again.wsgi_request))[-1])


def test_tokens_are_revoked_from_the_list_and_their_digests_not_shown(rows: Competition, staff: Client) -> None:
    token = ApiToken.objects.get()
    assert token.sha256 not in staff.get(_address(ApiToken, "change", token.pk)).content.decode()
    staff.post(_address(ApiToken, "changelist"), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_the_chain_is_checked_from_the_list(rows: Competition, staff: Client) -> None:
    choice = {"action": "check_chain", "_selected_action": [AuditEvent.objects.latest("pk").pk]}
    whole = staff.post(_address(AuditEvent, "changelist"), choice)
    assert "is whole" in str(list(get_messages(whole.wsgi_request))[-1])
    AuditEvent.objects.filter(pk=AuditEvent.objects.earliest("pk").pk).update(verb="other")
    broken = staff.post(_address(AuditEvent, "changelist"), choice)
    assert "breaks at event" in str(list(get_messages(broken.wsgi_request))[-1])


def test_what_a_platform_fault_stopped_is_judged_again_from_the_list(rows: Competition, staff: Client) -> None:
    submission = Submission.objects.get()
    choice = {"action": "judge_again", "_selected_action": [submission.pk]}
    refused = staff.post(_address(Submission, "changelist"), choice)
    assert "platform fault" in str(list(get_messages(refused.wsgi_request))[-1])
    Submission.objects.filter(pk=submission.pk).update(status=Status.FAILED)
    staff.post(_address(Submission, "changelist"), choice)
    submission.refresh_from_db()
    assert submission.status == Status.QUEUED


def test_hidden_splits_have_no_file_to_open(rows: Competition, staff: Client) -> None:
    sealed = DataSplit.objects.get(name="sealed")
    page = staff.get(_address(DataSplit, "change", sealed.pk)).content.decode()
    assert "vault" not in page
    assert ".parquet" not in page
