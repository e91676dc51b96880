"""One competition: what it is, its data, its rules."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bounty import public_data, public_terms
from bounty.actions.accept_rules import check_rules_version
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.entity_tags import tag, unchanged
from bounty.errors import Invalid, Refused
from bounty.forms.join import JoinForm
from bounty.models import Competition, DataSplit, SplitCommitment
from bounty.policies import check_may_download, check_organises
from bounty.views.answers import asked
from bounty.views.detectable import gains_of
from bounty.views.dictionary import dictionary
from bounty.views.people import person
from bounty.views.shell import Visit, measures, shell, visit
from scoring.sandbox.lowered import limits_in_force

_MEDIA_TYPES: Final = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv; charset=utf-8"}


@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    found = visit(request, slug)
    content = {"errors": measures(found.versions, "loss"), "splits": found.competition.splits.all()}
    return render(request, "bounty/overview.html", shell(found, "overview", **content))


@require_safe
def data(request: HttpRequest, slug: str) -> HttpResponse:
    found = visit(request, slug)
    entries, others = dictionary(found.competition)
    content = {
        "entries": entries,
        "other_columns": others,
        "splits": found.competition.splits.all(),
        "commitment": SplitCommitment.objects.filter(competition=found.competition).first(),
    }
    return render(request, "bounty/data.html", shell(found, "data", **content))


@require_safe
@login_required
def download(request: HttpRequest, slug: str, name: str, form: str) -> HttpResponse:
    """A public split, for those who accepted the rules; a known ETag is answered with 304. Terms are for everyone."""
    found = visit(request, slug)
    if (name, form) == (public_terms.NAME, public_terms.FORM):
        return _attachment(public_terms.as_yaml(found.competition), public_terms.MEDIA_TYPE, "competition.yaml")
    if form not in _MEDIA_TYPES or name not in DataSplit.PUBLIC:
        raise Http404
    check_may_download(request.user, found.competition)
    split = get_object_or_404(found.competition.splits, name=name)
    etag = tag(f"{split.sha256}-{form}")
    return unchanged(request, etag) or _file(split, form, etag)


def _file(split: DataSplit, form: str, etag: str) -> HttpResponse:
    content = public_data.read_split(split) if form == "parquet" else public_data.as_csv(split)
    return _attachment(content, _MEDIA_TYPES[form], f"{split.competition.slug}-{split.name}.{form}", ETag=etag)


def _attachment(content: bytes, media_type: str, name: str, **headers: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type, headers=headers | disposition)


@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest, slug: str) -> HttpResponse:
    """The rules; by POST they are accepted, and the person takes part."""
    found = visit(request, slug)
    if request.method == "GET":
        return _rules_page(request, found, JoinForm(initial={"rules_version": found.competition.rules_version}))
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _rules_page(request, found, form, status=422)
    return _join(request, found, form)


def _join(request: HttpRequest, found: Visit, form: JoinForm) -> HttpResponse:
    given, competition = form.cleaned_data, found.competition
    check_rules_version(competition, given["rules_version"])
    try:
        team = join_competition(competition, user=person(request), team_name=given["team_name"])
    except (Invalid, Refused) as error:
        if error.field not in form.fields:
            raise
        form.add_error(error.field, error.sentence)
        return _rules_page(request, found, form, status=error.status)
    messages.success(request, f"You take part as “{team.name}”. The data is open to you, and you may submit.")
    return redirect("competition-data", slug=competition.slug)


def _rules_page(request: HttpRequest, found: Visit, form: JoinForm, *, status: int = 200) -> HttpResponse:
    competition = found.competition
    content = {"form": form, "limits": limits_in_force(competition.limits), "gains": gains_of(competition)}
    return render(request, "bounty/rules.html", shell(found, "rules", **content), status=status)


@login_required
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks whether to publish; by POST, does."""
    found = visit(request, slug)
    check_organises(request.user, found.competition)
    if request.method == "GET":
        return _asked_to_publish(request, found.competition)
    publish_competition(found.competition, by=person(request))
    messages.success(request, "The competition is open to entrants.")
    return redirect("competition", slug=slug)


def _asked_to_publish(request: HttpRequest, competition: Competition) -> HttpResponse:
    consequences = [
        "Everyone can read it, its data dictionary and its rules.",
        "Whoever accepts the rules can download the public splits and submit.",
        "It cannot be made a draft again.",
    ]
    question, back = "Publish the competition?", reverse("competition", args=[competition.slug])
    return asked(request, question, about=competition.title, verb="Publish", consequences=consequences, back=back)
