"""Coming in by an invitation, and making one."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bounty.actions.accept_invitation import accept_invitation, find_invitation
from bounty.errors import Invalid, LimitReached, Refused
from bounty.forms.team import InviteForm
from bounty.mail import send_invitation
from bounty.models import Invitation
from bounty.policies import has_accepted_rules, sees, team_of
from bounty.views.people import person

_DIGITS: Final = 9  # more than any version of rules will have


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link leads into; by POST, one is in."""
    found = find_invitation(secret)
    if request.method == "GET":
        return render(request, "bounty/invitation.html", _about(request, found))
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if found.team is not None and "accept" not in request.POST:
        messages.error(request, "Read the rules, and say that you accept them.")
        return redirect("invitation", secret=secret)
    given = request.POST.get("rules_version", "")
    version = int(given) if given.isdecimal() and len(given) < _DIGITS else None
    accept_invitation(secret, user=person(request), rules_version=version)
    if found.team is None:
        messages.success(request, "You are let in.")
        return redirect("competition", slug=found.competition.slug)
    messages.success(request, f"You are a member of “{found.team.name}” now.")
    return redirect("team", slug=found.competition.slug)


def _about(request: HttpRequest, found: Invitation) -> dict[str, Any]:
    competition, user = found.competition, request.user
    shown = found.team is None or sees(user, competition)
    return {
        "area": "competitions",
        "invitation": found,
        "competition": competition,
        "shown": shown,
        "own": team_of(user, competition),
        "accepted": user.is_authenticated and has_accepted_rules(person(request), competition),
    }


def invited(request: HttpRequest, form: InviteForm, invite: Callable[..., tuple[Invitation, str]]) -> dict[str, Any]:
    """Make an invitation of what the form says, and mail it; what the page then shows, this once."""
    given = {name: value for name, value in form.cleaned_data.items() if value}
    try:
        made, secret = invite(**given)
    except (Invalid, LimitReached, Refused) as error:
        form.add_error(error.field if error.field in form.fields else None, f"{error.sentence} ({error.code})")
        return {"invite": form, "status": error.status}
    link = request.build_absolute_uri(reverse("invitation", args=[secret]))
    sent = send_invitation(made, link=link) if made.email else False
    return {"made": made, "link": link, "sent": sent}
