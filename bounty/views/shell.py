"""What every page of a competition shows above its own content."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from bounty.figures.step_line import Measure
from bounty.models import Competition, HostedModelVersion, RulesAcceptance, Team, User
from bounty.policies import can_download, can_organise, team_of


@dataclass(frozen=True)
class Visit:
    """A visible competition, and what the one who looks at it is in it."""

    competition: Competition
    user: User | AnonymousUser
    team: Team | None
    acceptance: RulesAcceptance | None
    organises: bool
    versions: list[HostedModelVersion]

    @property
    def takes_part(self) -> bool:
        """In a team, under the rules as they now stand."""
        return self.team is not None and self.acceptance is not None

    @property
    def may_download(self) -> bool:
        return can_download(self.user, self.competition)

    @property
    def head(self) -> HostedModelVersion:
        return self.versions[-1]


def visit(request: HttpRequest, slug: str) -> Visit:
    """The competition of that slug for this visitor; 404 where it is not theirs to see."""
    visible = Competition.objects.visible_to(request.user).select_related("organiser")
    competition = get_object_or_404(visible, slug=slug)
    return Visit(
        competition=competition,
        user=request.user,
        team=team_of(request.user, competition),
        acceptance=_acceptance(request.user, competition),
        organises=can_organise(request.user, competition),
        versions=list(competition.versions.order_by("number").defer("nodes", "recipe")),
    )


def shell(found: Visit, tab: str, **content: Any) -> dict[str, Any]:
    """The context of a competition's page: its head, its tabs, and the page's own ``content``."""
    return {
        "area": "competitions",
        "tab": tab,
        "visit": found,
        "competition": found.competition,
        "teams": found.competition.teams.filter(merged_into=None).count(),
        "first_error": overall(found.versions[0])["loss"] if found.versions else None,
        "error": overall(found.head)["loss"] if found.versions else None,
    } | content


def overall(version: HostedModelVersion) -> dict[str, Any]:
    """The version's figures over everyone on the holdout."""
    figures: dict[str, Any] = version.holdout_report["overall"]
    return figures


def measures(versions: list[HostedModelVersion], figure: str) -> list[Measure]:
    """One figure, ``loss`` or ``harm``, of each version that has it."""
    found = [(version, overall(version)[figure]) for version in versions]
    return [
        Measure(f"v{version.number}", interval["estimate"], interval["low"], interval["high"])
        for version, interval in found
        if None not in (interval["estimate"], interval["low"], interval["high"])
    ]


def _acceptance(user: User | AnonymousUser, competition: Competition) -> RulesAcceptance | None:
    if not user.is_authenticated:
        return None
    version = competition.rules_version
    return RulesAcceptance.objects.filter(competition=competition, user=user, rules_version=version).first()
