"""API tokens: made with a password, shown once, listed, revoked."""

from typing import Final

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.accounts import is_confirmed
from bounty.actions.issue_token import issue_token
from bounty.actions.revoke_token import revoke_token
from bounty.api.authentication import person
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.api.permissions import Scope, TokenScope
from bounty.errors import NotAllowed
from bounty.models import ApiToken, User

_SLOWED_DOWN_S: Final = 300  # how long allauth counts a wrong password against a name


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token, without the token itself."""

    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))

    class Meta:
        model = ApiToken
        fields = ["id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]


class NewTokenSerializer(TokenSerializer):
    """A token just made: the only answer that shows it."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


def _usual_scopes() -> set[str]:
    return {str(Scope.READ), str(Scope.SUBMIT)}


class TokenRequest(serializers.Serializer[ApiToken]):
    """What a token is made from."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    name = serializers.CharField(max_length=80, default="API")
    scopes = serializers.MultipleChoiceField(choices=Scope.choices, default=_usual_scopes)
    expires_in_days = serializers.IntegerField(min_value=1, max_value=3650, default=90)


@extend_schema_view(get=extend_schema(operation_id="list_tokens"))
class Tokens(ListEndpoint[ApiToken]):
    """GET: one's own tokens, newest first, without the tokens themselves. POST: a new token, for a name and its
    password. The answer is the only place that shows it."""

    serializer_class = TokenSerializer
    refuses = {"POST": {429}}

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated(), TokenScope()]

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=person(self.request))

    @extend_schema(operation_id="create_token", request=TokenRequest, responses={201: NewTokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        asked = TokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        user = _authenticated(request, given["username"], given["password"])
        if not is_confirmed(user):
            raise NotAllowed("ADDRESS_NOT_CONFIRMED", "Follow the link that was sent to your address first.")
        token, shown_once = issue_token(
            user, name=given["name"], scopes=sorted(given["scopes"]), expires_in_days=given["expires_in_days"]
        )
        return Response(TokenSerializer(token).data | {"token": shown_once}, status=201)


def _authenticated(request: Request, username: str, password: str) -> User:
    """Whose name and password these are. Guessing is slowed down by name and by network address, as at the sign-in."""
    try:
        user: User | None = get_adapter().authenticate(request._request, username=username, password=password)
    except ValidationError as error:
        raise Throttled(wait=_SLOWED_DOWN_S) from error
    if user is None or not user.is_active:  # allauth also names an inactive account, to say so on a page
        raise AuthenticationFailed("This name and password do not belong together.", code="WRONG_PASSWORD")
    return user


class OneToken(Endpoint):
    """GET: one of one's own tokens. DELETE: revoke a token. It is refused from now on."""

    permission_classes = [IsAuthenticated, TokenScope]
    write_scope = Scope.READ  # revoking only takes rights away, and a leaked token should be able to end itself

    @extend_schema(operation_id="get_token", responses=TokenSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(TokenSerializer(_own(request, pk)).data)

    @extend_schema(operation_id="revoke_token", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        revoke_token(_own(request, pk), by=person(request))
        return Response(status=204)


def _own(request: Request, pk: int) -> ApiToken:
    return get_object_or_404(ApiToken, user=person(request), pk=pk)
