"""Lists of submissions: one's own, or all of a competition for its organiser."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounty.models import Team
from bounty.views.people import person
from bounty.views.shell import Visit, shell, visit
from submissions.models import Candidate, Submission, Verdict
from submissions.progress import poll_interval
from submissions.quota import quota
from submissions.states import Status
from submissions.views.words import group_in_words

PAGE_SIZE = 50


@dataclass(frozen=True)
class Row:
    """A submission in a list, with its newest verdict."""

    submission: Submission
    verdict: Verdict | None
    words: str

    @property
    def gain(self) -> float | None:
        """Provisional, against the newest version; of a tested claim as it stood when its round opened."""
        candidate: Candidate | None = getattr(self.submission, "candidate", None)
        if candidate is not None:
            return candidate.provisional_score
        return self.verdict.score if self.verdict else None

    @property
    def may_enter_a_round(self) -> bool:
        return self.submission.status == Status.SCORED and self.verdict is not None and self.verdict.passes_gate


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What one's teams sent, in every competition."""
    own = Submission.objects.visible_to(person(request)).filter(team__in=Team.objects.of(person(request)))
    context = _listing(request, own) | {"area": "submissions"}
    template = "submissions/partials/_rows.html" if request.htmx else "submissions/mine.html"  # type: ignore[attr-defined]
    return _unless_unchanged(request, context, template)


@login_required
@require_safe
def of_competition(request: HttpRequest, slug: str) -> HttpResponse:
    """What one's team sent to a competition; the organiser sees what everyone sent."""
    found = visit(request, slug)
    context = _listing(request, _seen_by(found)) | {"quota": quota(found.team) if found.team else None}
    if request.htmx:  # type: ignore[attr-defined]
        return _unless_unchanged(request, context | {"visit": found}, "submissions/partials/_rows.html")
    return render(request, "submissions/of_competition.html", shell(found, "submissions", **context))


def _seen_by(found: Visit) -> QuerySet[Submission]:
    everyone = Submission.objects.filter(competition=found.competition)
    return everyone if found.organises else everyone.filter(team=found.team) if found.team else everyone.none()


def _listing(request: HttpRequest, submissions: QuerySet[Submission]) -> dict[str, object]:
    """One page of rows, and when to ask again: as soon as the keenest of them."""
    newest = Prefetch("verdicts", queryset=Verdict.objects.order_by("-pk"))
    related = submissions.select_related("competition", "team", "duplicate_of").prefetch_related(newest, "candidacies")
    page = Paginator(related.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [Row(s, next(iter(s.verdicts.all()), None), group_in_words(s)) for s in page.object_list]
    intervals = [seconds for row in rows if (seconds := poll_interval(row.submission))]
    stamp = "-".join(
        f"{row.submission.pk}{row.submission.status}{bool(row.submission.waits_for)}"
        for row in rows
        if not row.submission.is_final
    )
    return {"page": page, "rows": rows, "poll_s": min(intervals, default=None), "stamp": stamp or "final"}


def _unless_unchanged(request: HttpRequest, context: dict[str, object], template: str) -> HttpResponse:
    """204 tells a page that asks again that it shows the newest already."""
    if request.GET.get("seen") == f"{context['stamp']}-{context['poll_s']}":
        return HttpResponse(status=204)
    return render(request, template, context)
