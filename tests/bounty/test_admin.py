"""The admin pages: every model can be found and read; evidence cannot be touched."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import ForeignKey, Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bounty.actions.import_bundle import import_bundle
from bounty.actions.publish_competition import publish_competition
from bounty.models import ApiToken, AuditEvent, Competition, DataSplit, User
from submissions.models import Submission
from submissions.states import Status
from tests.bounty.admin_pages import act, choice, said
from tests.bounty.admin_pages import address as _address
from tests.bounty.bundles import SmallBundle
from tests.bounty.every_row import another, fill
from tests.pages import read

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
def rows(competition: Competition, alice: User, olga: User) -> Competition:
    """One row at least of every model."""
    fill(competition, user=alice, invited_by=olga)
    return competition


def test_every_model_can_be_listed_searched_and_read(rows: Competition, staff: Client) -> None:
    for model in MODELS:
        assert staff.get(_address(model, "changelist")).status_code == 200, model
        assert staff.get(_address(model, "changelist"), {"q": "1"}).status_code == 200, model
        page = staff.get(_address(model, "change", _row(model).pk))
        assert (page.status_code, "<b>Bold</b>" in page.content.decode()) == (200, False), model


def _row(model: type[Model]) -> Model:
    row = model._default_manager.order_by("pk").last()
    assert row is not None, model
    return row


def test_every_list_has_something_to_search_by_and_to_filter_by() -> None:
    for model in MODELS:
        registered = admin.site._registry[model]
        assert registered.search_fields, model
        assert registered.list_filter or registered.date_hierarchy, model


def test_evidence_is_neither_added_changed_nor_deleted(rows: Competition, staff: Client) -> None:
    for model in [model for model in MODELS if model not in (User, Competition)]:
        row = _row(model)
        assert staff.get(_address(model, "add")).status_code == 403, model
        assert staff.post(_address(model, "change", row.pk), {}).status_code == 403, model
        assert staff.post(_address(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
        assert model._default_manager.filter(pk=row.pk).exists(), model


def test_no_list_asks_more_of_the_database_when_it_is_longer(
    rows: Competition, staff: Client, bob: User, olga: User
) -> None:
    before = {model: _queries(staff, model) for model in MODELS}
    fill(another(rows), user=bob, invited_by=olga)
    lengths = {model.__name__: model._default_manager.count() for model in MODELS}
    assert min(lengths.values()) > 1, lengths
    assert {model: _queries(staff, model) for model in MODELS} == before


def _queries(staff: Client, model: type[Model]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert staff.get(_address(model, "changelist")).status_code == 200
    return len(captured)


def test_what_a_row_refers_to_is_a_link(rows: Competition, staff: Client) -> None:
    for model in MODELS:
        row = _row(model)
        links = {link.get("href") for link in read(staff.get(_address(model, "change", row.pk))).all("a")}
        others = [getattr(row, field.name) for field in model._meta.fields if isinstance(field, ForeignKey)]
        assert {_address(type(other), "change", other.pk) for other in others if other is not None} <= links, model


def test_every_list_and_page_that_a_row_leads_to_is_there(rows: Competition, staff: Client) -> None:
    for model in MODELS:
        links = read(staff.get(_address(model, "change", _row(model).pk))).all("a")
        lists = {str(link["href"]) for link in links if "?" in str(link.get("href"))}
        on_site = {str(link["href"]) for link in links if "viewsitelink" in str(link.get("class"))}
        for there in lists | on_site:
            answer = staff.get(there, follow=there in on_site)
            assert answer.status_code == 200, (model, there)


def test_every_condition_of_every_filter_can_be_asked(rows: Competition, staff: Client) -> None:
    for model in MODELS:
        filters = [chosen for chosen in admin.site._registry[model].list_filter if hasattr(chosen, "conditions")]
        for words, condition in [named for chosen in filters for named in chosen.conditions.values()]:
            assert model._default_manager.filter(condition()).count() <= 1000, words
    page = staff.get(_address(Submission, "changelist"), {"attention": "failed-today"}).content.decode()
    assert "0 submissions" in page


def test_charlie_may_not_see_the_admin(client: Client, charlie: User, competition: Competition) -> None:
    client.force_login(charlie)
    answer = client.get(_address(Competition, "changelist"))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login"))
    assert client.get(answer["Location"]).status_code == 403


def test_staff_sign_in_where_everybody_does(client: Client, db: None) -> None:
    asked = client.get(reverse("admin:login"), {"next": "/admin/bounty/team/"})
    assert asked["Location"] == f"{reverse('login')}?next=/admin/bounty/team/"
    client.force_login(User.objects.create_superuser("root", password="x" * 12))
    assert client.get(reverse("admin:login"))["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:password_change"))["Location"] == reverse("account_change_password")


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
    assert "draft" not in act(staff, "publish_competition", draft)
    draft.refresh_from_db()
    assert draft.state == "open"
    assert "has been published before. (NOT_A_DRAFT)" in act(staff, "publish_competition", draft)


def test_nothing_is_done_before_it_is_confirmed_and_the_reason_is_kept(rows: Competition, staff: Client) -> None:
    token = ApiToken.objects.get()
    asked = staff.post(_address(ApiToken, "changelist"), choice("revoke_token", token))
    assert "whatever program of alice uses it is shut out" in asked.content.decode()
    token.refresh_from_db()
    assert token.revoked_at is None
    act(staff, "revoke_token", token, reason="Seen in a public log.")
    token.refresh_from_db()
    assert token.revoked_at is not None
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.data["reason"]) == ("revoke_token", "Seen in a public log.")


def test_what_has_changed_since_it_was_chosen_is_left_alone(rows: Competition, staff: Client) -> None:
    submission = Submission.objects.get()
    Submission.objects.update(status=Status.FAILED)
    address = f"{_address(Submission, 'changelist')}?status__exact=failed"
    assert "will happen" in staff.post(address, choice("rejudge", submission)).content.decode()
    Submission.objects.update(status=Status.QUEUED)
    answer = staff.post(address, choice("rejudge", submission) | {"confirmed": "yes"})
    assert "no longer fit this list" in said(answer)


def test_digests_of_tokens_are_not_shown(rows: Competition, staff: Client) -> None:
    token = ApiToken.objects.get()
    assert token.sha256 not in staff.get(_address(ApiToken, "change", token.pk)).content.decode()


def test_the_chain_is_checked_from_the_list(rows: Competition, staff: Client) -> None:
    chosen = choice("check_chain", AuditEvent.objects.latest("pk"))
    whole = staff.post(_address(AuditEvent, "changelist"), chosen)
    assert "is whole" in said(whole)
    AuditEvent.objects.filter(pk=AuditEvent.objects.earliest("pk").pk).update(verb="other")
    broken = staff.post(_address(AuditEvent, "changelist"), chosen)
    assert "breaks at event" in said(broken)


def test_what_a_platform_fault_stopped_is_judged_again_from_the_list(rows: Competition, staff: Client) -> None:
    submission = Submission.objects.get()
    assert "(NOT_FAILED)" in act(staff, "rejudge", submission)
    Submission.objects.filter(pk=submission.pk).update(status=Status.FAILED)
    act(staff, "rejudge", submission)
    submission.refresh_from_db()
    assert submission.status == Status.QUEUED


def test_hidden_splits_have_no_file_to_open(rows: Competition, staff: Client) -> None:
    sealed = DataSplit.objects.get(name="sealed")
    page = staff.get(_address(DataSplit, "change", sealed.pk)).content.decode()
    assert "vault" not in page
    assert ".parquet" not in page
