"""Accounts: made here where sign-up is closed, shut, opened again and deleted; every change is in the audit record."""

from typing import Any, Final

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.db.models import Model, Q, URLField
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from bounty.actions.deactivate_account import deactivate_account, reactivate_account
from bounty.actions.delete_account import delete_account
from bounty.actions.record import record
from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceInline, Related, see
from bounty.admin.filters import Conditions, filter_by
from bounty.models import ApiToken, Membership, User

STATES: Final[Conditions] = {
    "active": ("active", lambda: Q(is_active=True)),
    "inactive": ("deactivated", lambda: Q(is_active=False, deleted_at=None)),
    "deleted": ("deleted", lambda: ~Q(deleted_at=None)),
}
RIGHTS: Final = ("is_staff", "is_superuser", "groups", "user_permissions")
RELATED: Final = (
    Related("teams", "bounty_membership", "user__id__exact"),
    Related("sent", "submissions_submission", "sent_by__id__exact"),
    Related("organises", "bounty_competition", "organiser__id__exact"),
    Related("tokens", "bounty_apitoken", "user__id__exact"),
    Related("acceptances", "bounty_rulesacceptance", "user__id__exact"),
    Related("let into", "bounty_admission", "user__id__exact"),
    Related("acts", "bounty_auditevent", "actor__id__exact"),
    Related("audit record of it", "bounty_auditevent", "subject__exact", "account:{}"),
)


class TeamInline(EvidenceInline):
    model = Membership
    verbose_name_plural = "teams"
    fields = readonly_fields = ("competition", "team", "role", "joined_at", "left_at")


class TokenInline(EvidenceInline):
    model = ApiToken
    fields = readonly_fields = ("name", "hint", "scopes", "expires_at", "last_used_at", "revoked_at")


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    list_filter = (filter_by("state", "state", STATES), "is_staff", "is_superuser")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("username", "email", "first_name", "last_name", "affiliation")
    date_hierarchy = "date_joined"
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    fieldsets = (
        (None, {"fields": ("see", "username", "password", "active", "deleted_at")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "affiliation", "about", "homepage")}),
        ("Rights", {"fields": RIGHTS}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    actions = (
        confirmed(
            deactivate_account,
            verb="Deactivate",
            effect=lambda row: "it is signed out everywhere and cannot sign in; all its tokens are revoked for good.",
            done="deactivated.",
            risky=True,
        ),
        confirmed(
            reactivate_account,
            verb="Reactivate",
            effect=lambda row: "it may sign in again; its tokens stay revoked.",
            done="may sign in again.",
        ),
        confirmed(
            delete_account,
            verb="Delete for good",
            effect=lambda row: (
                "it loses name, address, password, tokens and places in teams, and nothing brings it back; "
                "what was sent stays on the board under no name."
            ),
            done="deleted.",
            risky=True,
        ),
    )

    @admin.display(description="see")
    def see(self, user: User) -> SafeString:
        return see(user, RELATED)

    @admin.display(boolean=True)
    def active(self, user: User) -> bool:
        """Without the model's word on it, which advises to tick it off here."""
        return user.is_active

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> list[Any]:
        return [] if obj is None else [TeamInline, TokenInline]

    def view_on_site(self, obj: User) -> str:
        return reverse("profile", args=[obj.username])

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: rows refer to an account that others rely on. The action takes the person out of it instead."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deleted accounts are nobody's; administrators' are for administrators, or theirs would be a way to all."""
        if isinstance(obj, User) and (
            obj.deleted_at is not None or (obj.is_superuser and not _by(request).is_superuser)
        ):
            return False
        return bool(super().has_change_permission(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """What has an action of its own is not ticked here; an address that its owner keeps is theirs to change."""
        fixed = ["see", "active", "deleted_at", "date_joined", "last_login"]
        if not _by(request).is_superuser:
            fixed += RIGHTS
        if obj is not None and EmailAddress.objects.filter(user_id=obj.pk).exists():
            fixed.append("email")
        return fixed

    def save_model(self, request: HttpRequest, obj: Model, form: "ModelForm[Any]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        subject, actor = f"account:{obj.pk}", _by(request)
        if not change:
            record("add_account", subject=subject, actor=actor)
        elif form.changed_data:
            record("edit_account", subject=subject, actor=actor, fields=sorted(form.changed_data))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002  Django's
        """Django's own, in one transaction with its event."""
        before = self.get_object(request, unquote(id))
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            after = self.get_object(request, unquote(id))
            if isinstance(before, User) and isinstance(after, User) and before.password != after.password:
                usable = after.has_usable_password()
                record("set_password", subject=f"account:{after.pk}", actor=_by(request), usable=usable)
        return response


def _by(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin site lets nobody else in
    return request.user
