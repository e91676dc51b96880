"""What belongs to the account: its overview, its API tokens, and the colours of this browser."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bounty import clock
from bounty.actions.issue_token import issue_token
from bounty.actions.revoke_token import revoke_token
from bounty.context import THEME_COOKIE, THEMES
from bounty.forms.token import TokenForm
from bounty.models import ApiToken, Competition, Membership, Team
from bounty.views.answers import asked
from bounty.views.people import person

_YEAR_S = 365 * 24 * 3600


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The account and its teams, with the ways to change it."""
    present = Membership.objects.filter(user=person(request), left_at=None)
    present = present.filter(competition__in=Competition.objects.visible_to(person(request)))
    own = present.select_related("team", "competition").order_by("-joined_at")
    return render(request, "bounty/account.html", {"area": "account", "memberships": own})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; by POST a new one, which this answer alone shows."""
    form = TokenForm(request.POST or None)
    shown_once = ""
    if request.method == "POST" and form.is_valid():
        _, shown_once = issue_token(person(request), **form.cleaned_data)
        form = TokenForm()
    own = ApiToken.objects.filter(user=person(request))
    context = {"area": "tokens", "form": form, "tokens": own, "shown_once": shown_once, "now": clock.now()}
    return render(request, "bounty/tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks whether to revoke the token; by POST, does."""
    programs = Membership.objects.filter(role=Membership.Role.PROGRAM, team__in=Team.objects.led_by(person(request)))
    own = Q(user=person(request)) | Q(user__in=programs.values("user"))
    token = get_object_or_404(ApiToken.objects.filter(own), pk=pk)
    place = programs.filter(user=token.user_id).select_related("competition").first()
    back = reverse("team", args=[place.competition.slug]) if place else reverse("tokens")
    if request.method == "POST":
        revoke_token(token, by=person(request))
        messages.success(request, f"The token “{token.name}” opens nothing any more.")
        return redirect(back)
    consequences = ["Programs that use it are refused from now on.", "This cannot be undone; make a new one."]
    question = "Revoke this token?"
    return asked(request, question, about=token.name, verb="Revoke", consequences=consequences, back=back, risky=True)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keeps light, dark, or what the system says, in a cookie of this browser."""
    wanted, following = request.POST.get("theme", ""), request.POST.get("next", "/")
    ours = url_has_allowed_host_and_scheme(following, allowed_hosts={request.get_host()})
    response = HttpResponseRedirect(following if ours else reverse("competitions"))  # "foo" is an address, not a view
    if wanted in THEMES:
        response.set_cookie(THEME_COOKIE, wanted, max_age=_YEAR_S, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
