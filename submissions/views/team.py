"""One's own team in a competition: who is in it, who is invited, which teams ask to become one with it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bounty.actions.invite import invite_to_team
from bounty.actions.leave_team import leave_team, remove_member
from bounty.actions.make_captain import make_captain
from bounty.actions.name_team import name_team
from bounty.actions.offer_merge import decline_offer, offer_merge, withdraw_offer
from bounty.actions.revoke_invitation import revoke_invitation
from bounty.forms.team import InviteForm, NameForm, OfferForm, ProgramForm
from bounty.models import MergeOffer, Team
from bounty.policies import check_captain, is_captain, own_team
from bounty.views.answers import answered, asked
from bounty.views.invitations import invited
from bounty.views.people import person
from bounty.views.shell import Visit, shell, visit
from submissions.actions.merge_teams import merge_teams
from submissions.quota import quota
from submissions.views.programs import programs_of

State = MergeOffer.State


@login_required
@require_safe
def team(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, visit(request, slug))


@login_required
@require_POST
def name(request: HttpRequest, slug: str) -> HttpResponse:
    """Gives the team another name."""
    own, form = _own(request, slug), NameForm(request.POST)
    given = form.cleaned_data["team_name"] if form.is_valid() else ""
    return answered(
        request, lambda: name_team(own, name=given, by=person(request)), done="The team is renamed.", back=_back(slug)
    )


@login_required
@never_cache
@require_POST
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Makes an invitation, and shows its link this once."""
    found, own = visit(request, slug), _own(request, slug)
    form = InviteForm(request.POST)
    check_captain(request.user, own)
    if not form.is_valid():
        return _page(request, found, invite=form, status=422)
    made = invited(request, form, lambda **given: invite_to_team(own, by=person(request), **given))
    return _page(request, found, **made)


@login_required
@require_POST
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Takes an invitation back."""
    invitation = get_object_or_404(_own(request, slug).invitations.select_related("team", "competition"), pk=pk)
    return answered(
        request,
        lambda: revoke_invitation(invitation, by=person(request)),
        done="The invitation opens nothing any more.",
        back=_back(slug),
    )


@login_required
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Says what leaving means; by POST, leaves."""
    own, back = _own(request, slug), _back(slug)
    if request.method == "POST":
        return answered(request, lambda: leave_team(own, user=person(request)), done="You have left.", back=back)
    consequences = ["What the team has sent stays the team's.", *_after_leaving(own)]
    question = "Leave the team?"
    return asked(request, question, about=own.name, verb="Leave it", consequences=consequences, back=back, risky=True)


@login_required
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Says what taking a member out means; by POST, does."""
    own, back = _own(request, slug), _back(slug)
    check_captain(request.user, own)
    member = get_object_or_404(own.present(), pk=pk).user
    if request.method == "POST":
        done = f"{member.username} is out of the team."
        return answered(request, lambda: remove_member(own, user=member, by=person(request)), done=done, back=back)
    consequences = [f"{member.username} sees no submission of the team any more."]
    question = f"Take {member.username} out of the team?"
    return asked(request, question, about=own.name, verb="Take out", consequences=consequences, back=back, risky=True)


@login_required
@require_http_methods(["GET", "POST"])
def captain(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Says what handing the team over means; by POST, does."""
    own, back = _own(request, slug), _back(slug)
    check_captain(request.user, own)
    member = get_object_or_404(own.present(), pk=pk).user
    if request.method == "POST":
        done = f"{member.username} is the captain now."
        return answered(request, lambda: make_captain(own, user=member, by=person(request)), done=done, back=back)
    consequences = [f"{member.username} invites, takes out and merges from now on, and you do not."]
    question = f"Make {member.username} the captain?"
    return asked(request, question, about=own.name, verb="Hand over", consequences=consequences, back=back)


@login_required
@require_POST
def offer(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks another team."""
    own, form = _own(request, slug), OfferForm(request.POST)
    to = form.cleaned_data["to"] if form.is_valid() else ""
    done = f"The captain of “{to}” can accept your offer now."
    return answered(request, lambda: offer_merge(own, to=to, by=person(request)), done=done, back=_back(slug))


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Takes an offer back."""
    made = get_object_or_404(_own(request, slug).offers_made.select_related("offering", "asked"), pk=pk)
    done = "The offer is taken back."
    return answered(request, lambda: withdraw_offer(made, by=person(request)), done=done, back=_back(slug))


@login_required
@require_POST
def decline(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Turns an offer down."""
    received = get_object_or_404(_own(request, slug).offers_received.select_related("offering", "asked"), pk=pk)
    done = "The offer is turned down."
    return answered(request, lambda: decline_offer(received, by=person(request)), done=done, back=_back(slug))


@login_required
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Says what becoming one means; by POST, does."""
    own, back = _own(request, slug), _back(slug)
    received = get_object_or_404(own.offers_received.select_related("offering", "asked"), pk=pk)
    check_captain(request.user, own)
    other = received.offering
    if request.method == "POST":
        done = f"“{other.name}” is part of your team now."
        return answered(request, lambda: merge_teams(received, by=person(request)), done=done, back=back)
    consequences = [
        "Its members and submissions become your team's; you stay the captain.",
        "What both have used of their quotas today and in all is added up.",
        "It cannot be undone.",
    ]
    question = "Take this team into yours?"
    return asked(
        request, question, about=other.name, verb="Become one team", consequences=consequences, back=back, risky=True
    )


def _own(request: HttpRequest, slug: str) -> Team:
    return own_team(request.user, visit(request, slug).competition)


def _back(slug: str) -> str:
    return reverse("team", args=[slug])


def _after_leaving(own: Team) -> list[str]:
    if own.first_sent_at is None:
        return ["You may make or join another team, as this one has sent nothing yet."]
    return ["The team has sent submissions: of this competition you can only join it again, no other team."]


def _page(request: HttpRequest, found: Visit, *, status: int = 200, **more: Any) -> HttpResponse:
    own = found.team
    content: dict[str, Any] = {}
    if own is not None:
        offers = MergeOffer.objects.filter(state=State.OPEN)
        content = {
            "members": own.present(),
            "captains": is_captain(found.user, own),
            "quota": quota(own),
            "invitations": own.invitations.usable(),
            "offers_made": offers.filter(offering=own).select_related("asked"),
            "offers_received": offers.filter(asked=own).select_related("offering"),
            "invite": InviteForm(),
            "programs": programs_of(own),
            "adding": ProgramForm(),
            "naming": NameForm(initial={"team_name": own.name}),
            "offering": OfferForm(),
        }
    return render(request, "submissions/team.html", shell(found, "team", **content | more), status=status)
