"""Webhooks: kept by a team's captain, or by the organiser; what was sent to them; sending it again."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint, ListEndpoint, check_unchanged
from bounty.api.idempotency import once_per_key
from bounty.api.permissions import Scope, TokenScope, check_scope
from bounty.models import Competition, Team
from bounty.policies import can_organise, own_team
from submissions.actions.keep_webhook import (
    add_webhook,
    check_keeps,
    edit_webhook,
    remove_webhook,
    send_again,
    test_webhook,
)
from submissions.models import Delivery, Webhook


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """An address, and how it fares. Its secret is told once, in the answer that makes it."""

    competition = serializers.CharField(source="competition.slug")
    team = serializers.CharField(source="team.name", default=None, allow_null=True, help_text="None: the organiser's.")
    events = serializers.ListField(child=serializers.ChoiceField(Webhook.Event.choices))

    class Meta:
        model = Webhook
        fields = ["id", "competition", "team", "url", "events", "is_active", "made_at", "failing_since"]


class NewWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="Signs every message; kept nowhere, and told this once.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class WebhookRequest(serializers.Serializer[Any]):
    """Where to, and what of."""

    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(Webhook.Event.choices), max_length=20)


class WebhookChanges(WebhookRequest):
    """What is to be another; the rest stays."""

    url = serializers.CharField(max_length=500, required=False)
    events = serializers.ListField(child=serializers.ChoiceField(Webhook.Event.choices), max_length=20, required=False)
    is_active = serializers.BooleanField(required=False)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One message. ``message`` is its webhook-id, the same at every attempt."""

    class Meta:
        model = Delivery
        fields = [
            *["id", "message", "event", "payload", "state", "attempts", "made_at", "tried_at", "next_attempt_at"],
            *["status", "fault", "took_ms"],
        ]


def _keeper(request: Request, slug: str) -> tuple[Competition, Team | None]:
    """The competition, and the team whose webhook it would be; of the organiser's there is none."""
    competition, by = visible_competition(request, slug), person(request)
    team = None if can_organise(by, competition) else own_team(by, competition)
    _check_scope(request, team)
    check_keeps(by, competition, team)
    return competition, team


@extend_schema_view(get=extend_schema(operation_id="list_webhooks"))
class Webhooks(ListEndpoint[Webhook]):
    """GET: the webhooks that one keeps in a competition: one's team's, or as its organiser one's own. POST: another
    one; the answer alone tells its secret."""

    serializer_class = WebhookSerializer
    permission_classes = [IsAuthenticated, TokenScope]
    refuses = {"POST": {429}}

    def get_queryset(self) -> QuerySet[Webhook]:
        competition = visible_competition(self.request, self.kwargs["slug"])
        return _rows(self.request).filter(competition=competition)

    @extend_schema(operation_id="add_webhook", request=WebhookRequest, responses={201: NewWebhookSerializer})
    @once_per_key(_keeper)
    def post(self, request: Request, slug: str) -> Response:
        competition, team = _keeper(request, slug)
        asked = WebhookRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        made, _ = add_webhook(competition, team, by=person(request), **asked.validated_data)
        return Response(NewWebhookSerializer(made).data, status=201)


class OneWebhook(Endpoint):
    """GET: one webhook. PATCH: another address, other events; off, or on again; with If-Match only where nothing has
    changed since it was read. DELETE: take it away."""

    permission_classes = [IsAuthenticated, TokenScope]
    conditional = ("PATCH",)

    @extend_schema(operation_id="get_webhook", responses=WebhookSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(WebhookSerializer(_kept(request, pk)).data)

    @extend_schema(operation_id="edit_webhook", request=WebhookChanges, responses=WebhookSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        _kept(request, pk, change=True)
        asked = WebhookChanges(data=request.data)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            Webhook.objects.select_for_update(no_key=True).filter(pk=pk).first()
            webhook = _kept(request, pk, change=True)
            check_unchanged(request, WebhookSerializer(webhook).data)
            changed = edit_webhook(webhook, by=person(request), **asked.validated_data)
        return Response(WebhookSerializer(changed).data)

    @extend_schema(operation_id="remove_webhook", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        remove_webhook(_kept(request, pk, change=True), by=person(request))
        return Response(status=204)


class TestOfWebhook(Endpoint):
    """POST: send a message that says only that it is one."""

    permission_classes = [IsAuthenticated, TokenScope]
    refuses = {"POST": {429}}

    @extend_schema(operation_id="test_webhook", request=None, responses={202: DeliverySerializer})
    def post(self, request: Request, pk: int) -> Response:
        made = test_webhook(_kept(request, pk, change=True), by=person(request))
        return Response(DeliverySerializer(made).data, status=202)


@extend_schema_view(get=extend_schema(operation_id="list_deliveries"))
class Deliveries(ListEndpoint[Delivery]):
    """GET: what was sent to a webhook, and what waits, newest first."""

    serializer_class = DeliverySerializer
    permission_classes = [IsAuthenticated, TokenScope]

    def get_queryset(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(webhook=_kept(self.request, self.kwargs["pk"]))


class SendAgain(Endpoint):
    """POST: send the same message once more, under the same id."""

    permission_classes = [IsAuthenticated, TokenScope]
    refuses = {"POST": {429}}

    @extend_schema(operation_id="send_again", request=None, responses={202: DeliverySerializer})
    def post(self, request: Request, pk: int) -> Response:
        visible = Delivery.objects.filter(webhook__in=Webhook.objects.visible_to(person(request)))
        delivery = get_object_or_404(visible.select_related("webhook__team", "webhook__competition"), pk=pk)
        _check_scope(request, delivery.webhook.team)
        return Response(DeliverySerializer(send_again(delivery, by=person(request))).data, status=202)


def _rows(request: Request) -> QuerySet[Webhook]:
    return Webhook.objects.visible_to(person(request)).select_related("team", "competition")


def _kept(request: Request, pk: int, *, change: bool = False) -> Webhook:
    webhook = get_object_or_404(_rows(request), pk=pk)
    if change:
        _check_scope(request, webhook.team)
    return webhook


def _check_scope(request: Request, team: Team | None) -> None:
    """An organiser's webhook is the affair of a token that organises."""
    if team is None:
        check_scope(request, Scope.ORGANISE)
