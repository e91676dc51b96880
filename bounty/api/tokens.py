"""API tokens: made with a password, shown once, listed, revoked."""

from django.contrib.auth import authenticate
from django.db.models import QuerySet
from rest_framework import generics, serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, BaseThrottle

from bounty.actions.issue_token import issue_token
from bounty.actions.revoke_token import revoke_token
from bounty.api.authentication import person
from bounty.api.permissions import Scope, TokenScope
from bounty.models import ApiToken


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ["id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]


class TokenRequest(serializers.Serializer[ApiToken]):
    """What a token is made from."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    name = serializers.CharField(max_length=80, default="API")
    scopes = serializers.MultipleChoiceField(choices=Scope.choices, default={str(Scope.READ), str(Scope.SUBMIT)})
    expires_in_days = serializers.IntegerField(min_value=1, max_value=3650, default=90)


class PasswordThrottle(AnonRateThrottle):
    """Slows guessing of passwords. Quotas are counted elsewhere, under a lock: this one may miscount by a few."""

    rate = "30/min"
    scope = "password"


class Tokens(generics.ListAPIView[ApiToken]):
    """GET: one's own tokens. POST: a new one, for a name and its password."""

    serializer_class = TokenSerializer

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated(), TokenScope()]

    def get_throttles(self) -> list[BaseThrottle]:
        return [PasswordThrottle()] if self.request.method == "POST" else []

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=person(self.request))

    def post(self, request: Request) -> Response:
        asked = TokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        user = authenticate(request._request, username=given["username"], password=given["password"])
        if user is None:
            raise AuthenticationFailed("This name and password do not belong together.", code="WRONG_PASSWORD")
        token, shown_once = issue_token(
            user, name=given["name"], scopes=sorted(given["scopes"]), expires_in_days=given["expires_in_days"]
        )
        return Response(TokenSerializer(token).data | {"token": shown_once}, status=201)


class OneToken(generics.RetrieveDestroyAPIView[ApiToken]):
    """GET: one of one's own tokens. DELETE: revoke it."""

    serializer_class = TokenSerializer
    permission_classes = [IsAuthenticated, TokenScope]
    write_scope = Scope.READ  # revoking only takes rights away, and a leaked token should be able to end itself

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=person(self.request))

    def perform_destroy(self, instance: ApiToken) -> None:
        revoke_token(instance, by=person(self.request))
