"""Submissions: sent in one request, read, cancelled, withdrawn."""

from typing import Any, Final

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.permissions import TokenScope
from bounty.errors import Invalid
from bounty.policies import can_submit
from submissions.actions.cancel import cancel
from submissions.actions.submit import submit
from submissions.actions.withdraw import withdraw
from submissions.api.submit_request import SubmitRequestSerializer
from submissions.api.verdicts import CertificateSerializer, MergeSerializer, VerdictSerializer
from submissions.models import Submission, Verdict
from submissions.states import Status, sources_of

_KEY_LENGTH: Final = 80
_NEWEST: Final = "newest_verdict"  # a list of one, or empty: filled by the prefetch below


class SubmissionSummary(serializers.ModelSerializer[Submission]):
    """A submission with its newest verdict: the one against the live version, once the board is current."""

    url = serializers.HyperlinkedIdentityField(view_name="api-submission")
    competition = serializers.CharField(source="competition.slug")
    team = serializers.CharField(source="team.name")
    sent_by = serializers.CharField(source="sent_by.username", default=None)
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

    def get_group(self, submission: Submission) -> dict[str, Any]:
        return {
            "kind": submission.group_kind,
            "text": submission.group_text,
            "source_sha256": submission.group_source_id,
        }

    def get_patch(self, submission: Submission) -> dict[str, Any]:
        return {
            "kind": submission.patch_kind,
            "column": submission.patch_column,
            "source_sha256": submission.patch_source_id,
            "recipe": submission.patch_recipe,
        }

    def get_verdict(self, submission: Submission) -> Any:
        newest: list[Verdict] = getattr(submission, _NEWEST)
        return VerdictSerializer(newest[0]).data if newest else None


class SubmissionDetail(SubmissionSummary):
    """A submission with every verdict, newest first, and what came of it in a round."""

    verdicts = VerdictSerializer(many=True)
    certificate = serializers.SerializerMethodField()
    merge = serializers.SerializerMethodField()
    duplicate_of = serializers.IntegerField(source="duplicate_of_id")
    links = serializers.SerializerMethodField()

    class Meta(SubmissionSummary.Meta):
        fields = [
            *[*SubmissionSummary.Meta.fields, "note", "attempts", "duplicate_of"],
            *["verdicts", "certificate", "merge", "links"],
        ]

    def get_certificate(self, submission: Submission) -> Any:
        candidate = submission.candidate
        certificate = getattr(candidate, "certificate", None)
        return None if certificate is None else CertificateSerializer(certificate).data

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


class Submissions(generics.ListAPIView[Submission]):
    """GET: the submissions one may see, ``?status=`` for those in one status. POST: send one."""

    serializer_class = SubmissionSummary
    permission_classes = [IsAuthenticated, TokenScope]

    def get_queryset(self) -> QuerySet[Submission]:
        competition = visible_competition(self.request, self.kwargs["slug"])
        rows = _rows(self.request).filter(competition=competition)
        status = self.request.query_params.get("status")
        if status is None:
            return rows
        if status not in Status.values:
            raise ValidationError({"status": f"Choose one of {', '.join(Status.values)}."}, code="unknown_status")
        return rows.filter(status=status)

    def post(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        team = can_submit(person(request), competition)
        asked = SubmitRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        submission = submit(
            team,
            sent_by=person(request),
            request=asked.to_request(),
            idempotency_key=_idempotency_key(request),
        )
        body = _detail(request, submission.pk)
        return Response(body, status=201, headers={"Location": str(body["url"])})


class OneSubmission(APIView):
    """GET: one submission, with its verdicts and what came of it."""

    permission_classes = [IsAuthenticated, TokenScope]

    def get(self, request: Request, pk: int) -> Response:
        return Response(_detail(request, pk))


class Cancel(APIView):
    """POST: take back a submission that no worker has begun."""

    permission_classes = [IsAuthenticated, TokenScope]

    def post(self, request: Request, pk: int) -> Response:
        cancel(_visible(request, pk), by=person(request))
        return Response(_detail(request, pk))


class Withdraw(APIView):
    """POST: take a scored submission out of the running; or a merged one out of the model, with a ``reason``, which
    the organiser may do too."""

    permission_classes = [IsAuthenticated, TokenScope]

    def post(self, request: Request, pk: int) -> Response:
        asked = WithdrawRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        withdraw(_visible(request, pk), by=person(request), reason=asked.validated_data["reason"])
        return Response(_detail(request, pk))


def _rows(request: Request) -> QuerySet[Submission]:
    """What one may see, with what every answer shows of it: a constant number of queries."""
    newest = Verdict.objects.select_related("version").order_by("-pk")[:1]
    return (
        Submission.objects.visible_to(person(request))
        .select_related("competition", "team", "sent_by")
        .prefetch_related(Prefetch("verdicts", queryset=newest, to_attr=_NEWEST))
    )


def _detail(request: Request, pk: int) -> dict[str, Any]:
    rows = (
        _rows(request)
        .select_related("merge__before", "merge__after")
        .prefetch_related(Prefetch("verdicts", queryset=Verdict.objects.select_related("version").order_by("-pk")))
        .prefetch_related("candidacies__certificate__version")
    )
    return dict(SubmissionDetail(get_object_or_404(rows, pk=pk), context={"request": request}).data)


def _visible(request: Request, pk: int) -> Submission:
    related = ("competition", "team")
    return get_object_or_404(Submission.objects.visible_to(person(request)).select_related(*related), pk=pk)


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= _KEY_LENGTH and key.isascii() and key.isprintable()):
        sentence = f"An Idempotency-Key is 1 to {_KEY_LENGTH} printable ASCII characters."
        raise Invalid("IDEMPOTENCY_KEY_INVALID", sentence, field="Idempotency-Key")
    return key
