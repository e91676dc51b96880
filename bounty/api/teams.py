"""Teams: those of a competition, and one's own: who is in it, who is invited, which teams ask to become one with it."""

from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.invite import digest_of, invite_to_team
from bounty.actions.leave_team import leave_team, remove_member
from bounty.actions.make_captain import make_captain
from bounty.actions.name_team import MAX_NAME, name_team
from bounty.actions.revoke_invitation import revoke_invitation
from bounty.api.authentication import person
from bounty.api.competitions import TeamSerializer, visible_competition
from bounty.api.endpoint import Endpoint, ListEndpoint, check_unchanged
from bounty.api.idempotency import once_per_key
from bounty.api.permissions import TokenScope
from bounty.mail import send_invitation
from bounty.models import Invitation, Membership, MergeOffer, Team
from bounty.policies import check_captain, check_sees, own_team


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A person in a team; the ``id`` is that of their place in it."""

    username = serializers.CharField(source="user.username")

    class Meta:
        model = Membership
        fields = ["id", "username", "role", "joined_at"]


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation that still opens the team, without its secret."""

    class Meta:
        model = Invitation
        fields = ["id", "hint", "email", "made_at", "expires_at", "uses", "max_uses"]


class NewInvitation(InvitationSerializer):
    """An invitation just made: the only answer that shows its secret."""

    secret = serializers.CharField(allow_null=True, help_text="Null where the answer is given again.")
    link = serializers.CharField(allow_null=True, help_text="The page that accepts it.")
    mailed = serializers.BooleanField()

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "secret", "link", "mailed"]


class OfferSerializer(serializers.ModelSerializer[MergeOffer]):
    """One team's offer to become part of another."""

    offering = serializers.CharField(source="offering.name")
    asked = serializers.CharField(source="asked.name")

    class Meta:
        model = MergeOffer
        fields = ["id", "offering", "asked", "state", "made_at", "answered_at"]


class OwnTeamSerializer(serializers.ModelSerializer[Team]):
    """One's own team, with what only its members see."""

    competition = serializers.CharField(source="competition.slug")
    members = serializers.SerializerMethodField()
    invitations = serializers.SerializerMethodField(help_text="Those that still open something.")
    offers_made = serializers.SerializerMethodField(help_text="Open ones.")
    offers_received = serializers.SerializerMethodField(help_text="Open ones.")

    class Meta:
        model = Team
        fields = [
            *["id", "competition", "name", "created_at", "first_sent_at"],
            *["members", "invitations", "offers_made", "offers_received"],
        ]

    @extend_schema_field(MemberSerializer(many=True))
    def get_members(self, team: Team) -> Any:
        return MemberSerializer(team.present(), many=True).data

    @extend_schema_field(InvitationSerializer(many=True))
    def get_invitations(self, team: Team) -> Any:
        return InvitationSerializer(team.invitations.usable(), many=True).data

    @extend_schema_field(OfferSerializer(many=True))
    def get_offers_made(self, team: Team) -> Any:
        return OfferSerializer(_open(team.offers_made), many=True).data

    @extend_schema_field(OfferSerializer(many=True))
    def get_offers_received(self, team: Team) -> Any:
        return OfferSerializer(_open(team.offers_received), many=True).data


class TeamName(serializers.Serializer[Team]):
    """A team's new name."""

    name = serializers.CharField(max_length=MAX_NAME)


class InviteRequest(serializers.Serializer[Invitation]):
    """By mail to one person, or without an address a link for as many as there is room."""

    email = serializers.EmailField(required=False, max_length=254)


class AcceptRequest(serializers.Serializer[Invitation]):
    """The invitation's secret, and which rules are accepted."""

    secret = serializers.CharField(max_length=200)
    rules_version = serializers.IntegerField(
        required=False, min_value=1, max_value=10**6, help_text="For a team's invitation."
    )


class AcceptedSerializer(serializers.ModelSerializer[Invitation]):
    """What the invitation has opened."""

    competition = serializers.CharField(source="competition.slug")
    team = serializers.CharField(source="team.name", default=None, allow_null=True)

    class Meta:
        model = Invitation
        fields = ["competition", "team"]


@extend_schema_view(get=extend_schema(operation_id="list_teams"))
class Teams(ListEndpoint[Team]):
    """GET: the teams of a competition with their members, newest first."""

    serializer_class = TeamSerializer

    def get_queryset(self) -> QuerySet[Team]:
        present = Membership.objects.filter(left_at=None).select_related("user")
        teams = Team.objects.filter(competition=visible_competition(self.request, self.kwargs["slug"]))
        return (
            teams.filter(merged_into=None)
            .select_related("competition")
            .prefetch_related(Prefetch("memberships", present, to_attr="prefetched_members"))
        )


class OwnTeam(Endpoint):
    """GET: one's own team: members, invitations, offers of other teams. PATCH: give it another name, as its captain;
    with If-Match only where nothing has changed since it was read."""

    permission_classes = [IsAuthenticated, TokenScope]
    conditional = ("PATCH",)

    @extend_schema(operation_id="get_team", responses=OwnTeamSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(OwnTeamSerializer(_own(request, slug)).data)

    @extend_schema(operation_id="rename_team", request=TeamName, responses=OwnTeamSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        own, asked = _own(request, slug), TeamName(data=request.data)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            Team.objects.select_for_update(no_key=True).get(pk=own.pk)
            check_unchanged(request, OwnTeamSerializer(_own(request, slug)).data)
            name_team(own, name=asked.validated_data["name"], by=person(request))
        return Response(OwnTeamSerializer(_own(request, slug)).data)


class Invitations(Endpoint):
    """POST: invite into one's own team, as its captain: by mail, or by a link that is shown once."""

    permission_classes = [IsAuthenticated, TokenScope]
    refuses = {"POST": {429}}

    @extend_schema(operation_id="invite_to_team", request=InviteRequest, responses={201: NewInvitation})
    @once_per_key(lambda request, slug: check_captain(person(request), _own(request, slug)))
    def post(self, request: Request, slug: str) -> Response:
        own, asked = _own(request, slug), InviteRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        made, secret = invite_to_team(own, by=person(request), email=asked.validated_data.get("email", ""))
        link = request.build_absolute_uri(reverse("invitation", args=[secret]))
        mailed = send_invitation(made, link=link) if made.email else False
        shown = InvitationSerializer(made).data
        return Response({**shown, "secret": secret, "link": link, "mailed": mailed}, status=201)


class OneInvitation(Endpoint):
    """DELETE: take an invitation into one's team back; whoever came in by it stays."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="revoke_team_invitation", responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        invitations = _own(request, slug).invitations.select_related("team", "competition")
        revoke_invitation(get_object_or_404(invitations, pk=pk), by=person(request))
        return Response(status=204)


def _check_still_sees(request: Request) -> None:
    """Raises where what the invitation led to is no longer theirs to see who came in by it."""
    asked = AcceptRequest(data=request.data)
    asked.is_valid(raise_exception=True)
    led = Invitation.objects.select_related("competition").filter(sha256=digest_of(asked.validated_data["secret"]))
    if found := led.first():
        check_sees(person(request), found.competition)


class AcceptInvitation(Endpoint):
    """POST: come in by an invitation's secret: into a team, accepting the rules, or into a private competition."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="accept_invitation", request=AcceptRequest, responses=AcceptedSerializer)
    @once_per_key(_check_still_sees)
    def post(self, request: Request) -> Response:
        asked = AcceptRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        found = accept_invitation(given["secret"], user=person(request), rules_version=given.get("rules_version"))
        return Response(AcceptedSerializer(found).data)


class Leave(Endpoint):
    """POST: leave one's team. What was sent stays the team's; who led it is followed by whoever has been in it
    longest."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="leave_team", request=None, responses={204: None})
    def post(self, request: Request, slug: str) -> Response:
        leave_team(_own(request, slug), user=person(request))
        return Response(status=204)


class OneMember(Endpoint):
    """DELETE: take a member out of one's team, as its captain."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="remove_member", responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        own = _own(request, slug)
        check_captain(request.user, own)
        remove_member(own, user=get_object_or_404(own.present(), pk=pk).user, by=person(request))
        return Response(status=204)


class Captain(Endpoint):
    """POST: hand one's team over to this member."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="make_captain", request=None, responses=OwnTeamSerializer)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        own = _own(request, slug)
        check_captain(request.user, own)
        make_captain(own, user=get_object_or_404(own.present(), pk=pk).user, by=person(request))
        return Response(OwnTeamSerializer(_own(request, slug)).data)


def _own(request: Request, slug: str) -> Team:
    return own_team(request.user, visible_competition(request, slug))


def _open(offers: Any) -> QuerySet[MergeOffer]:
    found: QuerySet[MergeOffer] = offers.filter(state=MergeOffer.State.OPEN).select_related("offering", "asked")
    return found
