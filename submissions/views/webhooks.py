"""Webhooks of one's team, or of the organiser's: which there are, what was sent to each, and sending it again."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bounty.errors import Invalid, LimitReached
from bounty.models import Team
from bounty.policies import own_team
from bounty.views.answers import answered, asked
from bounty.views.people import person
from bounty.views.shell import Visit, shell, visit
from submissions.actions.keep_webhook import add_webhook, check_keeps, edit_webhook, remove_webhook, test_webhook
from submissions.actions.keep_webhook import send_again as send_it_again
from submissions.models import Webhook

PAGE_SIZE = 50


class WebhookForm(forms.Form):
    """Where to, and what of."""

    url = forms.CharField(label="Address", max_length=500, help_text="It begins with https://.")
    events = forms.MultipleChoiceField(
        label="What it is told",
        choices=Webhook.Event.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=Webhook.Event.values,
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest, slug: str) -> HttpResponse:
    """Those that one keeps; by POST another, whose secret this answer alone shows."""
    found, team = _keeper(request, slug)
    form = WebhookForm(request.POST or None)
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = add_webhook(found.competition, team, by=person(request), **form.cleaned_data)
            form = WebhookForm()
        except (Invalid, LimitReached) as error:
            form.add_error(error.field if error.field in form.fields else None, f"{error.sentence} ({error.code})")
    kept = Webhook.objects.filter(competition=found.competition, team=team)
    content: dict[str, Any] = {"form": form, "webhooks": kept, "made": made, "secret": secret, "of_team": team}
    status = 422 if form.errors else 200
    return render(request, "submissions/webhooks.html", shell(found, "webhooks", **content), status=status)


@login_required
@require_safe
def webhook(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What was sent to one, and what waits."""
    found, one = _kept(request, slug, pk)
    page = Paginator(one.deliveries.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "submissions/webhook.html", shell(found, "webhooks", webhook=one, page=page))


@login_required
@require_POST
def test(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Sends a message that says only that it is one."""
    _, one = _kept(request, slug, pk)
    done = "The message is on its way; its answer stands here in a moment."
    return answered(request, lambda: test_webhook(one, by=person(request)), done=done, back=_back(slug, one))


@login_required
@require_POST
def switch(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Switches it off, or on again."""
    _, one = _kept(request, slug, pk)
    on = not one.is_active
    done = "It is switched on." if on else "It is switched off; what happens now is not told."
    back = _back(slug, one)
    return answered(request, lambda: edit_webhook(one, by=person(request), is_active=on), done=done, back=back)


@login_required
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Asks whether to take it away; by POST, does."""
    _, one = _kept(request, slug, pk)
    if request.method == "POST":
        done, back = "The webhook is taken away.", reverse("webhooks", args=[slug])
        return answered(request, lambda: remove_webhook(one, by=person(request)), done=done, back=back)
    consequences = ["Nothing is sent to it any more.", "What was sent, and what waits, is forgotten."]
    question, back = "Take this webhook away?", _back(slug, one)
    return asked(
        request, question, about=one.url, verb="Take it away", consequences=consequences, back=back, risky=True
    )


@login_required
@require_POST
def send_again(request: HttpRequest, slug: str, pk: int, delivery: int) -> HttpResponse:
    """Sends the same message once more."""
    _, one = _kept(request, slug, pk)
    sent = get_object_or_404(one.deliveries.select_related("webhook__team", "webhook__competition"), pk=delivery)
    done = "The message is on its way once more."
    return answered(request, lambda: send_it_again(sent, by=person(request)), done=done, back=_back(slug, one))


def _keeper(request: HttpRequest, slug: str) -> tuple[Visit, Team | None]:
    """The competition, and the team whose webhooks these are; none for its organiser's."""
    found = visit(request, slug)
    team = None if found.organises else own_team(request.user, found.competition)
    check_keeps(person(request), found.competition, team)
    return found, team


def _kept(request: HttpRequest, slug: str, pk: int) -> tuple[Visit, Webhook]:
    found, team = _keeper(request, slug)
    kept = Webhook.objects.filter(competition=found.competition, team=team)
    return found, get_object_or_404(kept.select_related("team", "competition"), pk=pk)


def _back(slug: str, one: Webhook) -> str:
    return reverse("webhook", args=[slug, one.pk])
