"""Acts on chosen rows: first a page that says what will happen to which, then the action that pages and API call."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from bounty.actions.record import because
from bounty.admin.evidence import row_link
from bounty.errors import BountyError
from bounty.models import User

CONFIRMED: Final = "confirmed"
MOST_ROWS: Final = 100  # on one page that somebody is to read
AdminAction = Callable[[Any, HttpRequest, "QuerySet[Any]"], TemplateResponse | None]


class ReasonForm(forms.Form):
    """Why; kept with the act."""

    reason = forms.CharField(
        max_length=300,
        required=False,
        widget=AdminTextInputWidget,
        help_text="Kept in the audit record for good: no names, no data.",
    )


def confirmed(
    act: Callable[..., object],
    *,
    verb: str,
    effect: Callable[[Any], str],
    done: str,
    of: Callable[[Any], Model] | None = None,
    risky: bool = False,
    for_a_reason: bool = False,
) -> AdminAction:
    """The admin action that does ``act(row, by=...)`` to each chosen row, once somebody has read what it does.

    ``effect`` says what will happen to a row, ``done`` that it has. Where ``act`` takes not the rows but what they
    belong to, ``of`` leads there. Where it takes the reason too, ``for_a_reason``, that must be given. The right is
    asked by ``act``; what it refuses comes back with its code.
    """

    @admin.action(description=verb)
    def action(model_admin: Any, request: HttpRequest, chosen: "QuerySet[Any]") -> TemplateResponse | None:
        rows = list(chosen[: MOST_ROWS + 1])
        if not _can_be_shown(model_admin, request, rows):
            return None
        subjects = list(dict.fromkeys(of(row) if of else row for row in rows))
        form = _form(request, for_a_reason)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            with because(reason):
                for subject in subjects:
                    _do(model_admin, request, subject, partial(act, reason=reason) if for_a_reason else act, done)
            return None
        effects = [(row_link(subject), effect(subject)) for subject in subjects]
        context = {"verb": verb, "effects": effects, "rows": rows, "form": form, "risky": risky, "name": act.__name__}
        return _asked(model_admin, request, context)

    action.__name__ = act.__name__  # what the form of a list calls it
    return action


def _form(request: HttpRequest, for_a_reason: bool) -> ReasonForm:
    form = ReasonForm(request.POST if CONFIRMED in request.POST else None)
    if for_a_reason:
        form.fields["reason"].required = True
        form.fields["reason"].help_text = "Shown to everyone, and kept in the audit record for good: no names, no data."
    return form


def _can_be_shown(model_admin: Any, request: HttpRequest, rows: list[Any]) -> bool:
    if len(rows) > MOST_ROWS:
        model_admin.message_user(request, f"Choose at most {MOST_ROWS} rows at a time.", messages.ERROR)
        return False
    gone = len(request.POST.getlist(ACTION_CHECKBOX_NAME)) - len(rows)
    if CONFIRMED in request.POST and gone > 0:
        sentence = f"Of the rows you chose {gone} no longer fit this list, and were left alone."
        model_admin.message_user(request, sentence, messages.WARNING)
    return True


def _do(model_admin: Any, request: HttpRequest, subject: Model, act: Callable[..., object], done: str) -> None:
    assert isinstance(request.user, User)  # the admin site lets nobody else in
    name = str(subject)  # as it was before
    try:
        act(subject, by=request.user)
    except BountyError as error:
        model_admin.message_user(request, f"{name}: {error.sentence} ({error.code})", messages.ERROR)
    else:
        model_admin.message_user(request, f"{name}: {done}", messages.SUCCESS)


def _asked(model_admin: Any, request: HttpRequest, context: dict[str, Any]) -> TemplateResponse:
    about = {"title": f"{context['verb']}?", "opts": model_admin.opts, "media": model_admin.media}
    names = {"checkbox": ACTION_CHECKBOX_NAME, "confirmed": CONFIRMED}
    content = model_admin.admin_site.each_context(request) | about | names | context
    return TemplateResponse(request, "admin/confirm_action.html", content)
