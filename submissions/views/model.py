"""The hosted model: its versions, its decision list in words, its error by group."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bounty.figures.dumbbell import Dumbbell, Rate, axis, dumbbell
from bounty.models import Competition, HostedModelVersion
from bounty.policies import can_download
from bounty.views.shell import Visit, measures, overall, shell, visit
from submissions.consequences import what_left
from submissions.line import line_of
from submissions.models import Merge, Reversal, Submission
from submissions.views.words import group_in_words, patch_in_words


@dataclass(frozen=True)
class NodeInWords:
    """One node as a sentence: whom it concerns, and what answers there."""

    kind: str  # leaf or pointer
    group: str
    answers: str
    group_of: Submission | None
    patch_of: Submission | None
    version: int | None


@dataclass(frozen=True)
class GroupRow:
    """A group's error under version 0, where it was known then, and under the version shown."""

    name: str
    kind: str
    rows: int
    weight: float
    now: dict[str, Any]
    first: dict[str, Any] | None
    figure: Dumbbell


@require_safe
def model(request: HttpRequest, slug: str, number: int | None = None) -> HttpResponse:
    """One version, the newest unless another is asked for."""
    found = visit(request, slug)
    versions = found.competition.versions.order_by("number")
    version = get_object_or_404(versions, number=found.head.number if number is None else number)
    harm = found.competition.harm if request.GET.get("by") == "harm" else ""
    figure = "harm" if harm else "loss"
    rows = group_rows(found.versions[0], version, figure)
    reversals = list(_reversals(found.competition))
    content = {
        "version": version,
        "live": {each.number for each in line_of(found.versions, found.head)},
        "reversals": reversals,
        "left_by": what_left(found.versions, version, reversals),
        "made_by": next((each for each in reversals if each.after_id == version.pk), None),
        "may_roll_back": _may_roll_back(found, version),
        "can_export": "estimator" in version.recipe and can_download(request.user, found.competition),
        "overall": overall(version),
        "nodes": _node_sentences(found.competition, version),
        "errors": measures(found.versions, figure),
        "rows": rows,
        "by_harm": bool(harm),
        "merges": Merge.objects.filter(competition=found.competition).select_related("submission__team", "after"),
    }
    return render(request, "submissions/model.html", shell(found, "model", **content))


def _reversals(competition: Competition) -> "QuerySet[Reversal]":
    return competition.reversals.select_related("before", "after", "restored", "by").order_by("pk")


def _may_roll_back(found: Visit, version: HostedModelVersion) -> bool:
    """The organiser, while it is open, to what answers otherwise than the newest version."""
    may = found.organises and found.competition.state == Competition.State.OPEN
    return may and version.nodes != HostedModelVersion.objects.only("nodes").get(pk=found.head.pk).nodes


def group_rows(first: HostedModelVersion, version: HostedModelVersion, figure: str) -> list[GroupRow]:
    """Every group of the version's report, worst first, on one axis."""
    known = {group["name"]: group[figure] for group in first.holdout_report["groups"]}
    groups = [group for group in version.holdout_report["groups"] if group[figure]["estimate"] is not None]
    rates = [Rate.stored(group[figure]) for group in groups]
    before = [Rate.stored(known[g["name"]]) if g["name"] in known else None for g in groups]
    scale = axis([*rates, *(rate for rate in before if rate is not None)])
    rows = [
        GroupRow(
            name=group["name"],
            kind=group["kind"],
            rows=group["rows"],
            weight=group["weight"],
            now=group[figure],
            first=known.get(group["name"]),
            figure=dumbbell(scale, then, now),
        )
        for group, now, then in zip(groups, rates, before, strict=True)
    ]
    return sorted(rows, key=lambda row: -row.now["estimate"])


def _node_sentences(competition: Competition, version: HostedModelVersion) -> list[NodeInWords]:
    """The nodes in the order they are asked: newest first."""
    wanted = {pk for node in version.nodes for pk in _submissions_of(node)}
    submissions = Submission.objects.filter(competition=competition, pk__in=wanted).select_related("team").in_bulk()
    return [_sentence(node, submissions) for node in reversed(version.nodes)]


def _submissions_of(node: dict[str, Any]) -> Iterable[int]:
    return (node[key] for key in ("group", "patch") if node.get(key) is not None)


def _sentence(node: dict[str, Any], submissions: dict[int, Submission]) -> NodeInWords:
    group = submissions[node["group"]] if node["group"] is not None else None
    patch = submissions[node["patch"]] if node["kind"] == "leaf" else None
    return NodeInWords(
        kind=node["kind"],
        group=group_in_words(group) if group else "anyone",
        answers=patch_in_words(patch) if patch else f"as version {node['version']} did",
        group_of=group,
        patch_of=patch,
        version=node.get("version"),
    )
