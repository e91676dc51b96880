"""One submission: how far it came, its verdict explained, its evidence, and what may still be done with it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bounty.figures.dumbbell import Dumbbell, Rate, axis, dumbbell
from bounty.models import Competition
from bounty.policies import can_organise, check_member, check_organises, is_member
from bounty.views.answers import asked
from bounty.views.people import person
from submissions.actions.cancel import cancel as cancel_it
from submissions.actions.rejudge import rejudge as rejudge_it
from submissions.actions.withdraw import withdraw as withdraw_it
from submissions.artifacts import read
from submissions.consequences import what_took_out
from submissions.models import Candidate, Submission, Verdict
from submissions.progress import progress
from submissions.states import TAKEN_OUT, Status, sources_of
from submissions.views.undo import take_out
from submissions.views.words import group_in_words, patch_in_words
from submissions.visible import visible_submission


@login_required
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    submission = visible_submission(person(request), pk)
    return render(request, "submissions/submission.html", _context(request, submission))


@login_required
@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the page; 204 where the page that asks shows it already."""
    submission = visible_submission(person(request), pk)
    if request.GET.get("seen") == progress(submission).stamp:
        return HttpResponse(status=204)
    return render(request, "submissions/partials/_live.html", _context(request, submission) | {"announce": True})


@login_required
@require_safe
def source(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """The Python source as it was sent, as plain text that no browser runs."""
    submission = visible_submission(person(request), pk)
    patch = submission.patch_source if submission.patch_kind == Submission.PatchKind.PYTHON else None
    artifact = {"group": submission.group_source, "patch": patch}.get(part)
    if artifact is None:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="{part}-{pk}.py"'}
    return HttpResponse(read(artifact), content_type="text/plain; charset=utf-8", headers=headers)


@login_required
@require_safe
def model(request: HttpRequest, pk: int) -> HttpResponse:
    """The ONNX model as it was sent and judged, as a file to save."""
    submission = visible_submission(person(request), pk)
    if submission.patch_source is None or submission.patch_kind != Submission.PatchKind.ONNX:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="patch-{pk}.onnx"'}
    return HttpResponse(read(submission.patch_source), content_type="application/octet-stream", headers=headers)


@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks whether to cancel; by POST, does."""
    submission = _of_own_team(request, pk)
    if request.method == "POST":
        cancel_it(submission, by=person(request))
        messages.success(request, "The submission is cancelled; its place in your quota is given back.")
        return redirect("submission", pk=pk)
    consequences = ["It leaves the queue and is not judged.", "Its place in your quota is given back."]
    return _asked(request, submission, "Cancel", consequences)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks whether to withdraw; by POST, does. What is merged is taken out of the model, for a reason."""
    submission = visible_submission(person(request), pk)
    if submission.status == Status.MERGED:
        return take_out(request, submission)
    check_member(request.user, submission.team)
    if request.method == "POST":
        withdraw_it(submission, by=person(request))
        messages.success(request, "The submission is withdrawn; no round will choose it.")
        return redirect("submission", pk=pk)
    consequences = ["No round will choose it.", "It does not come back, and its place in your quota stays used."]
    return _asked(request, submission, "Withdraw", consequences, risky=True)


@login_required
@require_http_methods(["GET", "POST"])
def rejudge(request: HttpRequest, pk: int) -> HttpResponse:
    """The organiser asks whether to judge once more what a platform fault stopped; by POST, does."""
    submission = visible_submission(person(request), pk)
    check_organises(request.user, submission.competition)
    if request.method == "POST":
        rejudge_it(submission, by=person(request))
        return redirect("submission", pk=pk)
    return _asked(request, submission, "Judge again", ["It is queued once more, and takes nothing from the quota."])


def _of_own_team(request: HttpRequest, pk: int) -> Submission:
    """The submission, if one's own team sent it; an organiser may read others' but not take them back."""
    submission = visible_submission(person(request), pk)
    check_member(request.user, submission.team)
    return submission


def _asked(
    request: HttpRequest, submission: Submission, verb: str, consequences: list[str], *, risky: bool = False
) -> HttpResponse:
    question, back = f"{verb} submission {submission.pk}?", reverse("submission", args=[submission.pk])
    return asked(
        request, question, about=submission.title, verb=verb, consequences=consequences, back=back, risky=risky
    )


def _context(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    verdicts = list(submission.verdicts.select_related("version"))
    candidate = _candidate(submission)
    verdict = _shown(verdicts, candidate)
    own = is_member(request.user, submission.team)
    return {
        "area": "submissions" if own else "competitions",
        "own": own,
        "submission": submission,
        "competition": submission.competition,
        "group_words": group_in_words(submission),
        "patch_words": patch_in_words(submission),
        "progress": progress(submission),
        "verdict": verdict,
        "other_verdicts": [other for other in verdicts if other != verdict],
        "log": next((v.log for v in verdicts if v.log), ""),
        "gap": _gap(verdict),
        "candidate": candidate,
        "may_cancel": own and submission.status in sources_of(Status.CANCELLED),
        "may_withdraw": own and submission.status in {Status.SCORED, Status.UNCERTIFIED, Status.ROLLED_BACK},
        "may_take_out": _may_take_out(request, submission, own=own),
        "taken_out": what_took_out(submission) if submission.status in TAKEN_OUT else None,
        "may_rejudge": submission.status == Status.FAILED and can_organise(request.user, submission.competition),
    }


def _may_take_out(request: HttpRequest, submission: Submission, *, own: bool) -> bool:
    is_in_it = submission.status == Status.MERGED and submission.competition.state == Competition.State.OPEN
    return is_in_it and (own or can_organise(request.user, submission.competition))


def _shown(verdicts: list[Verdict], candidate: Candidate | None) -> Verdict | None:
    """The newest verdict; of a tested claim the newest that its test followed: once merged it gains nothing more."""
    newest = verdicts[0] if verdicts else None
    if candidate is None or candidate.passed is None or candidate.version is None:
        return newest
    tested_on = candidate.version.number
    return next((verdict for verdict in verdicts if verdict.version.number <= tested_on), newest)


def _gap(verdict: Verdict | None) -> Dumbbell | None:
    """The group's harm against everyone else's, where the verdict has numbers."""
    if verdict is None or not verdict.numbers:
        return None
    harm = verdict.numbers["harm"]
    group, rest = Rate.stored(harm["group"]), Rate.stored(harm["rest"])
    return dumbbell(axis([group, rest]), group, rest)


def _candidate(submission: Submission) -> Candidate | None:
    related = ("round", "version", "certificate", "certificate__merge__after")
    return Candidate.objects.filter(submission=submission, sent_back="").select_related(*related).first()
