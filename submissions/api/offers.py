"""Merge offers: one team asks another whether the two become one."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.actions.offer_merge import decline_offer, offer_merge, withdraw_offer
from bounty.api.authentication import person
from bounty.api.competitions import TeamSerializer, visible_competition
from bounty.api.endpoint import Endpoint
from bounty.api.idempotency import once_per_key
from bounty.api.permissions import TokenScope
from bounty.api.teams import OfferSerializer
from bounty.models import MergeOffer, Team
from bounty.policies import check_captain, own_team
from submissions.actions.merge_teams import merge_teams


class OfferRequest(serializers.Serializer[Any]):
    """To the team of this name."""

    to = serializers.CharField(max_length=80)


class Offers(Endpoint):
    """POST: ask another team to take in one's own, as its captain."""

    permission_classes = [IsAuthenticated, TokenScope]
    tag = "Teams"

    @extend_schema(operation_id="offer_merge", request=OfferRequest, responses={201: OfferSerializer})
    @once_per_key(lambda request, slug: check_captain(person(request), _own(request, slug)))
    def post(self, request: Request, slug: str) -> Response:
        own, asked = _own(request, slug), OfferRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        made = offer_merge(own, to=asked.validated_data["to"], by=person(request))
        return Response(OfferSerializer(made).data, status=201)


class Accept(Endpoint):
    """POST: take the offering team into one's own, with its members, submissions and used quota. It cannot be
    undone."""

    permission_classes = [IsAuthenticated, TokenScope]
    tag = "Teams"

    @extend_schema(operation_id="accept_merge", request=None, responses=TeamSerializer)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        kept = merge_teams(_received(request, slug, pk), by=person(request))
        return Response(TeamSerializer(kept).data)


class Decline(Endpoint):
    """POST: turn an offer down."""

    permission_classes = [IsAuthenticated, TokenScope]
    tag = "Teams"

    @extend_schema(operation_id="decline_merge", request=None, responses=OfferSerializer)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        offer = _received(request, slug, pk)
        decline_offer(offer, by=person(request))
        return Response(OfferSerializer(_again(offer)).data)


class Withdraw(Endpoint):
    """POST: take an offer back."""

    permission_classes = [IsAuthenticated, TokenScope]
    tag = "Teams"

    @extend_schema(operation_id="withdraw_merge_offer", request=None, responses=OfferSerializer)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        made = _own(request, slug).offers_made.select_related("offering", "asked")
        offer = get_object_or_404(made, pk=pk)
        withdraw_offer(offer, by=person(request))
        return Response(OfferSerializer(_again(offer)).data)


def _own(request: Request, slug: str) -> Team:
    return own_team(request.user, visible_competition(request, slug))


def _received(request: Request, slug: str, pk: int) -> MergeOffer:
    received = _own(request, slug).offers_received.select_related("offering", "asked")
    return get_object_or_404(received, pk=pk)


def _again(offer: MergeOffer) -> MergeOffer:
    offer.refresh_from_db(fields=["state", "answered_at"])
    return offer
