"""API tokens: to see which are in use, and to end them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from bounty.actions.revoke_token import revoke_token
from bounty.admin.evidence import EvidenceAdmin
from bounty.models import ApiToken, User


@admin.register(ApiToken)
class ApiTokenAdmin(EvidenceAdmin):
    list_display = ("name", "hint", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "user")
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__username")
    hidden = ("sha256",)
    actions = ("revoke",)

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, chosen: "QuerySet[ApiToken]") -> None:
        assert isinstance(request.user, User)  # the admin site lets nobody else in
        for token in chosen:
            revoke_token(token, by=request.user)
        self.message_user(request, "They open nothing from now on.", messages.SUCCESS)
