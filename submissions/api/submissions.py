"""Submissions: sent in one request, read, cancelled, withdrawn."""

from typing import Any, Final

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.api.idempotency import key_of, takes_key
from bounty.api.permissions import Scope, TokenScope, check_scope
from bounty.models import Team
from bounty.policies import can_organise, can_submit, is_member, team_of
from submissions.actions.cancel import cancel
from submissions.actions.submit import submit
from submissions.actions.withdraw import withdraw
from submissions.api.quotas import quota_headers
from submissions.api.submit_request import JsonSubmitRequest, SubmitRequestSerializer
from submissions.api.verdicts import CertificateSerializer, MergeSerializer, VerdictSerializer
from submissions.models import Submission, Verdict
from submissions.states import Status, sources_of
from submissions.visible import visible_submission

_NEWEST: Final = "newest_verdict"  # a list of one, or empty: filled by the prefetch below


class GroupSerializer(serializers.Serializer[Any]):
    """The group that was sent."""

    kind = serializers.ChoiceField(Submission.GroupKind.choices)
    text = serializers.CharField(help_text="The canonical predicate, or the function's name.")
    source_sha256 = serializers.CharField(allow_null=True)


class PatchSerializer(serializers.Serializer[Any]):
    """The patch that was sent, or that the platform trained."""

    kind = serializers.ChoiceField(Submission.PatchKind.choices)
    column = serializers.CharField(allow_blank=True)
    source_sha256 = serializers.CharField(allow_null=True)
    recipe = serializers.DictField(allow_null=True)


class SubmissionSummary(serializers.ModelSerializer[Submission]):
    """A submission with its newest verdict: the one against the live version, once the board is current."""

    url = serializers.HyperlinkedIdentityField(view_name="api-submission")
    competition = serializers.CharField(source="competition.slug")
    team = serializers.CharField(source="team.name")
    sent_by = serializers.CharField(source="sent_by.username", default=None, allow_null=True)
    group = serializers.SerializerMethodField()
    patch = serializers.SerializerMethodField()
    is_final = serializers.BooleanField(read_only=True, help_text="Whether there is nothing more to wait for now.")
    verdict = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = [
            *["url", "id", "competition", "team", "sent_by", "sent_at", "title", "group", "patch"],
            *["status", "is_final", "waits_for", "finished_at", "verdict"],
        ]

    @extend_schema_field(GroupSerializer)
    def get_group(self, submission: Submission) -> dict[str, Any]:
        return {
            "kind": submission.group_kind,
            "text": submission.group_text,
            "source_sha256": submission.group_source_id,
        }

    @extend_schema_field(PatchSerializer)
    def get_patch(self, submission: Submission) -> dict[str, Any]:
        return {
            "kind": submission.patch_kind,
            "column": submission.patch_column,
            "source_sha256": submission.patch_source_id,
            "recipe": submission.patch_recipe,
        }

    @extend_schema_field(VerdictSerializer(allow_null=True))
    def get_verdict(self, submission: Submission) -> Any:
        newest: list[Verdict] = getattr(submission, _NEWEST)
        return VerdictSerializer(newest[0]).data if newest else None


class SubmissionDetail(SubmissionSummary):
    """A submission with every verdict, newest first, and what came of it in a round."""

    verdicts = VerdictSerializer(many=True)
    certificate = serializers.SerializerMethodField()
    merge = serializers.SerializerMethodField()
    duplicate_of = serializers.IntegerField(source="duplicate_of_id", allow_null=True)
    links = serializers.SerializerMethodField()

    class Meta(SubmissionSummary.Meta):
        fields = [
            *[*SubmissionSummary.Meta.fields, "note", "attempts", "duplicate_of"],
            *["verdicts", "certificate", "merge", "links"],
        ]

    @extend_schema_field(CertificateSerializer(allow_null=True))
    def get_certificate(self, submission: Submission) -> Any:
        candidate = submission.candidate
        certificate = getattr(candidate, "certificate", None)
        return None if certificate is None else CertificateSerializer(certificate).data

    @extend_schema_field(MergeSerializer(allow_null=True))
    def get_merge(self, submission: Submission) -> Any:
        merge = getattr(submission, "merge", None)
        return None if merge is None else MergeSerializer(merge).data

    def get_links(self, submission: Submission) -> dict[str, str]:
        """What may be done with it in its present status, and where."""
        request = self.context["request"]
        actions = {"cancel": sources_of(Status.CANCELLED), "withdraw": sources_of(Status.WITHDRAWN)}
        return {
            name: reverse(f"api-submission-{name}", args=[submission.pk], request=request)
            for name, statuses in actions.items()
            if submission.status in statuses
        }


class WithdrawRequest(serializers.Serializer[Submission]):
    """Why: needed of a merged patch, and shown on the model's page then."""

    reason = serializers.CharField(default="", allow_blank=True)


class SubmissionQuery(serializers.Serializer[Any]):
    """Which submissions, and in which order."""

    status = serializers.MultipleChoiceField(
        choices=Status.choices, required=False, help_text="In one of these; may be given repeatedly."
    )
    team = serializers.CharField(required=False, max_length=80, help_text="Of the team of this name.")
    mine = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether sent by oneself, or by others of those one may see."
    )
    group = serializers.ChoiceField(Submission.GroupKind.choices, required=False, help_text="The way of the group.")
    patch = serializers.ChoiceField(Submission.PatchKind.choices, required=False, help_text="The way of the patch.")
    order = serializers.ChoiceField(["newest", "oldest"], required=False, help_text="By the time of sending.")


@extend_schema_view(get=extend_schema(operation_id="list_submissions"))
class Submissions(ListEndpoint[Submission]):
    """GET: the submissions that one may see: one's team's, or all of them for the organiser. POST: submit a group, and
    with it a patch or the wish that the platform trains one. A repeated Idempotency-Key gives the same submission."""

    serializer_class = SubmissionSummary
    permission_classes = [IsAuthenticated, TokenScope]
    query = SubmissionQuery
    refuses = {"POST": {429}}
    sender: Team | None = None

    def get_queryset(self) -> QuerySet[Submission]:
        competition = visible_competition(self.request, self.kwargs["slug"])
        rows = rows_of(self.request).filter(competition=competition)
        if not can_organise(self.request.user, competition):  # the same rows, found by their team's index
            rows = rows.filter(team=team_of(person(self.request), competition))
        exact = {"group": "group_kind", "patch": "patch_kind", "team": "team__name"}
        rows = rows.filter(**{field: self.asked[name] for name, field in exact.items() if name in self.asked})
        if statuses := self.asked.get("status"):
            rows = rows.filter(status__in=statuses)
        if (mine := self.asked.get("mine")) is not None:
            rows = rows.filter(sent_by=person(self.request)) if mine else rows.exclude(sent_by=person(self.request))
        return rows

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (quota_headers(self.sender) if self.sender else {}).items():
            final[name] = value
        return final

    @extend_schema(
        operation_id="submit",
        request={"application/json": JsonSubmitRequest, "multipart/form-data": SubmitRequestSerializer},
        responses={201: SubmissionDetail},
    )
    @takes_key
    def post(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        key = key_of(request)
        team = self.sender = can_submit(person(request), competition)
        asked = SubmitRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        submission = submit(
            team,
            sent_by=person(request),
            request=asked.to_request(),
            idempotency_key=key,
        )
        body = _detail(request, submission.pk)
        return Response(body, status=201, headers={"Location": str(body["url"])})


class OneSubmission(Endpoint):
    """GET: one submission, with its verdicts and what came of it. Ask until ``is_final`` is true; with If-None-Match
    an answer that has not changed is 304."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="get_submission", responses=SubmissionDetail)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_detail(request, pk))


class Cancel(Endpoint):
    """POST: take back a submission that no worker has begun."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="cancel_submission", request=None, responses=SubmissionDetail)
    def post(self, request: Request, pk: int) -> Response:
        cancel(visible_submission(person(request), pk), by=person(request))
        return Response(_detail(request, pk))


class Withdraw(Endpoint):
    """POST: take a scored submission out of the running; or a merged one out of the model, with a ``reason``, which
    the organiser may do too."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="withdraw_submission", request=WithdrawRequest, responses=SubmissionDetail)
    def post(self, request: Request, pk: int) -> Response:
        asked = WithdrawRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        submission = visible_submission(person(request), pk)
        if not is_member(person(request), submission.team):
            check_scope(request, Scope.ORGANISE)
        withdraw(submission, by=person(request), reason=asked.validated_data["reason"])
        return Response(_detail(request, pk))


def rows_of(request: Request) -> QuerySet[Submission]:
    """What one may see, with what every answer shows of it: a constant number of queries."""
    newest = Verdict.objects.select_related("version").order_by("-pk")[:1]
    return (
        Submission.objects.visible_to(person(request))
        .select_related("competition", "team", "sent_by")
        .prefetch_related(Prefetch("verdicts", queryset=newest, to_attr=_NEWEST))
    )


def _detail(request: Request, pk: int) -> dict[str, Any]:
    rows = (
        rows_of(request)
        .select_related("merge__before", "merge__after")
        .prefetch_related(Prefetch("verdicts", queryset=Verdict.objects.select_related("version").order_by("-pk")))
        .prefetch_related("candidacies__certificate__version")
    )
    return dict(SubmissionDetail(get_object_or_404(rows, pk=pk), context={"request": request}).data)
