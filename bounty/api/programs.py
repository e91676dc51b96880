"""A team's programs: accounts without a password, and the tokens that its captain makes for them."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.actions.keep_program import SCOPES, add_program, end_program, issue_program_token
from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.api.idempotency import once_per_key
from bounty.api.permissions import TokenScope
from bounty.api.tokens import TokenSerializer
from bounty.models import ApiToken, Competition, Membership, Team, User
from bounty.policies import check_captain, own_team


class ProgramSerializer(serializers.ModelSerializer[Membership]):
    """An account of a team's that nobody signs in with."""

    id = serializers.IntegerField(source="user_id")
    name = serializers.CharField(source="user.username")
    team = serializers.CharField(source="team.name")
    made_at = serializers.DateTimeField(source="joined_at")

    class Meta:
        model = Membership
        fields = ["id", "name", "team", "made_at"]


class ProgramRequest(serializers.Serializer[Any]):
    """What it is called."""

    name = serializers.CharField(max_length=150)


def _all_scopes() -> set[str]:
    return {str(scope) for scope in SCOPES}  # called for: a set in the document would stand in another order each time


class ProgramTokenRequest(serializers.Serializer[Any]):
    """What a program's token is made from."""

    name = serializers.CharField(max_length=80, default="API")
    scopes = serializers.MultipleChoiceField(choices=SCOPES, default=_all_scopes)
    expires_in_days = serializers.IntegerField(min_value=1, max_value=3650, default=90)


class NewProgramTokenSerializer(TokenSerializer):
    token = serializers.CharField(help_text="Shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


@extend_schema_view(get=extend_schema(operation_id="list_programs"))
class Programs(ListEndpoint[Membership]):
    """GET: the programs of the team that one leads. POST: another one."""

    serializer_class = ProgramSerializer
    permission_classes = [IsAuthenticated, TokenScope]
    refuses = {"POST": {429}}

    def get_queryset(self) -> QuerySet[Membership]:
        return _led(self.request).filter(competition=visible_competition(self.request, self.kwargs["slug"]))

    @extend_schema(operation_id="add_program", request=ProgramRequest, responses={201: ProgramSerializer})
    @once_per_key(lambda request, slug: check_captain(person(request), _own(request, slug)))
    def post(self, request: Request, slug: str) -> Response:
        team = _own(request, slug)
        asked = ProgramRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        made = add_program(team, name=asked.validated_data["name"], by=person(request))
        return Response(ProgramSerializer(_led(request).get(user=made)).data, status=201)


class OneProgram(Endpoint):
    """GET: one of one's team's programs. DELETE: end it, and its tokens; what it sent stays the team's."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="get_program", responses=ProgramSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ProgramSerializer(get_object_or_404(_led(request), user__pk=pk)).data)

    @extend_schema(operation_id="end_program", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        end_program(_program(request, pk), by=person(request))
        return Response(status=204)


@extend_schema_view(get=extend_schema(operation_id="list_program_tokens"))
class TokensOfProgram(ListEndpoint[ApiToken]):
    """GET: a program's tokens. POST: another one, which the answer alone shows."""

    serializer_class = TokenSerializer
    permission_classes = [IsAuthenticated, TokenScope]

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=_program(self.request, self.kwargs["pk"]))

    @extend_schema(
        operation_id="add_program_token", request=ProgramTokenRequest, responses={201: NewProgramTokenSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        program = _program(request, pk)
        asked = ProgramTokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data | {"scopes": sorted(asked.validated_data["scopes"])}
        token, shown_once = issue_program_token(program, by=person(request), **given)
        return Response(TokenSerializer(token).data | {"token": shown_once}, status=201)


def _own(request: Request, slug: str) -> Team:
    return own_team(person(request), visible_competition(request, slug))


def _led(request: Request) -> QuerySet[Membership]:
    visible = Competition.objects.visible_to(request.user)
    places = Membership.objects.filter(role=Membership.Role.PROGRAM, left_at=None, competition__in=visible)
    return places.filter(team__in=Team.objects.led_by(person(request))).select_related("user", "team")


def _program(request: Request, pk: int) -> User:
    return get_object_or_404(_led(request), user__pk=pk).user
