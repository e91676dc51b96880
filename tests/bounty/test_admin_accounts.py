"""Accounts in the admin: every change recorded, none deleted but by taking the person out of it."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from bounty.actions.deactivate_account import deactivate_account, reactivate_account
from bounty.actions.issue_token import issue_token
from bounty.actions.record import because, record
from bounty.errors import NotAllowed, Refused
from bounty.models import ApiToken, AuditEvent, User
from tests.bounty.admin_pages import act, address
from tests.pages import signed_in

PASSWORD = "violet-kettle-orbit"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", password=PASSWORD)


@pytest.fixture
def keeper(db: None) -> User:
    """Staff with the rights over accounts, and no others."""
    user = User.objects.create_user("keeper", password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    return user


@pytest.fixture
def staff(root: User) -> Client:
    return signed_in(root)


def _last() -> tuple[str, str, dict[str, Any]]:
    event = AuditEvent.objects.latest("pk")
    return event.verb, event.subject, event.data


def _form(client: Client, user: User, **changes: Any) -> dict[str, Any]:
    page = client.get(address(User, "change", user.pk))
    form = page.context["adminform"].form
    values = {name: form.initial.get(name) for name in form.fields if name != "password"} | changes
    sent = {name: value for name, value in values.items() if value not in (None, False, [])}
    for prefix in ("memberships", "api_tokens"):
        sent |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return sent


def test_an_account_is_made_for_somebody_and_recorded_without_its_password(staff: Client, root: User) -> None:
    given = {"username": "olga", "email": "olga@example.org", "usable_password": "true"}
    answer = staff.post(address(User, "add"), given | {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302
    made = User.objects.get(username="olga")
    assert (made.email, made.check_password(PASSWORD)) == ("olga@example.org", True)
    assert _last() == ("add_account", f"account:{made.pk}", {"actor": root.pk})


def test_rights_that_are_given_are_recorded_by_name(staff: Client, root: User, alice: User) -> None:
    assert staff.post(address(User, "change", alice.pk), _form(staff, alice, is_staff="on")).status_code == 302
    alice.refresh_from_db()
    assert alice.is_staff
    assert _last() == ("edit_account", f"account:{alice.pk}", {"actor": root.pk, "fields": ["is_staff"]})


def test_a_password_that_is_set_is_recorded_and_not_kept(staff: Client, root: User, alice: User) -> None:
    given = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    there = reverse("admin:auth_user_password_change", args=[alice.pk])
    assert staff.post(there, given | {"password2": "another"}).status_code == 200
    assert not AuditEvent.objects.filter(verb="set_password").exists()
    assert staff.post(there, given).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert _last() == ("set_password", f"account:{alice.pk}", {"actor": root.pk, "usable": True})


def test_no_account_is_deleted_but_by_taking_the_person_out_of_it(staff: Client, root: User, alice: User) -> None:
    assert staff.post(address(User, "delete", alice.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"}
    staff.post(address(User, "changelist"), chosen)
    assert User.objects.filter(username="alice").exists()
    act(staff, "delete_account", alice, reason="Asked for it by letter.")
    alice.refresh_from_db()
    assert (alice.email, alice.is_active, alice.deleted_at is not None) == ("", False, True)
    assert _last() == (
        "delete_account", f"account:{alice.pk}", {"actor": root.pk, "reason": "Asked for it by letter."},
    )  # fmt: skip
    assert "(ACCOUNT_DELETED)" in act(staff, "delete_account", alice)
    assert "(ACCOUNT_DELETED)" in act(staff, "reactivate_account", alice)


def test_a_deactivated_account_is_signed_out_and_its_tokens_open_nothing_more(staff: Client, alice: User) -> None:
    hers = Client()
    hers.post(reverse("login"), {"login": "alice", "password": "correct-horse-battery"})
    assert hers.get(reverse("account")).status_code == 200
    _, secret = issue_token(alice, name="laptop", scopes=["read"])
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/tokens").status_code == 200

    act(staff, "deactivate_account", alice)
    act(staff, "reactivate_account", alice)

    assert hers.get(reverse("account")).status_code == 302
    assert program.get("/api/v1/tokens").status_code == 401
    assert ApiToken.objects.get().revoked_at is not None
    verbs = AuditEvent.objects.values_list("verb", flat=True)
    assert list(verbs[:2]) == ["reactivate_account", "deactivate_account"]
    assert AuditEvent.objects.get(verb="deactivate_account").data["sessions"] == 1


def test_deactivating_twice_is_recorded_once(root: User, alice: User) -> None:
    deactivate_account(alice, by=root)
    deactivate_account(alice, by=root)
    assert AuditEvent.objects.filter(verb="deactivate_account").count() == 1


def test_nobody_deactivates_their_own_account(root: User, keeper: User, alice: User) -> None:
    with pytest.raises(Refused, match="YOUR_OWN_ACCOUNT"):
        deactivate_account(root, by=root)
    deactivate_account(alice, by=root)
    assert not alice.is_active


def test_who_keeps_accounts_has_no_power_over_administrators(root: User, keeper: User, alice: User) -> None:
    with pytest.raises(NotAllowed, match="NOT_YOUR_ACCOUNT"):
        deactivate_account(root, by=keeper)
    deactivate_account(alice, by=keeper)
    client = signed_in(keeper)
    assert client.post(address(User, "change", root.pk), {}).status_code == 403
    given = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    theirs = reverse("admin:auth_user_password_change", args=[root.pk])
    assert client.post(theirs, given).status_code == 403
    assert client.post(reverse("admin:auth_user_password_change", args=[alice.pk]), given).status_code == 302


def test_who_keeps_accounts_gives_no_rights(keeper: User, alice: User) -> None:
    client = signed_in(keeper)
    form = _form(client, alice, is_superuser="on", is_staff="on", first_name="Alice")
    assert client.post(address(User, "change", alice.pk), form).status_code == 302
    alice.refresh_from_db()
    assert (alice.first_name, alice.is_superuser, alice.is_staff) == ("Alice", False, False)


def test_charlie_keeps_no_accounts(alice: User, charlie: User) -> None:
    for acting in (deactivate_account, reactivate_account):
        with pytest.raises(NotAllowed, match="NOT_YOUR_ACCOUNT"):
            acting(alice, by=charlie)
    assert User.objects.get(pk=alice.pk).is_active


def test_a_reason_is_kept_with_what_happens_in_its_block_and_no_more(alice: User) -> None:
    with because("It was time."):
        inside = record("act", subject="a:1", actor=alice)
    outside = record("act", subject="a:1", actor=alice)
    assert (inside.data["reason"], "reason" in outside.data) == ("It was time.", False)


def test_groups_of_rights_are_changed_by_administrators_alone_and_recorded(
    staff: Client, root: User, keeper: User
) -> None:
    keeper.user_permissions.add(Permission.objects.get(codename="add_group"))
    given = {"name": "readers", "permissions": [Permission.objects.get(codename="view_team").pk]}
    assert signed_in(keeper).post(address(Group, "add"), given).status_code == 403
    assert staff.post(address(Group, "add"), given).status_code == 302
    group = Group.objects.get()
    fields = ["name", "permissions"]
    assert _last() == ("add_group", f"group:{group.pk}", {"actor": root.pk, "fields": fields})
    assert staff.post(address(Group, "delete", group.pk), {"post": "yes"}).status_code == 302
    assert _last() == ("delete_group", f"group:{group.pk}", {"actor": root.pk})


def test_nobody_confirms_an_address_but_who_reads_its_mail(staff: Client, alice: User) -> None:
    held = EmailAddress.objects.create(user=alice, email="alice@example.org")
    assert staff.get(address(EmailAddress, "change", held.pk)).status_code == 200
    assert staff.post(address(EmailAddress, "change", held.pk), {"verified": "on"}).status_code == 403
    assert staff.get(address(EmailAddress, "add")).status_code == 403
