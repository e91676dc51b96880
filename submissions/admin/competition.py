"""What may be done to a competition that has submissions, beside what the competition's own page offers."""

from typing import Final

from django.contrib import admin
from django.db.models import Q

from bounty.admin import CompetitionAdmin
from bounty.admin.confirmed import confirmed
from bounty.admin.filters import Conditions, filter_by
from bounty.models import Competition
from submissions.actions.close_competition import close_competition
from submissions.actions.open_round import candidates, open_round
from submissions.actions.try_again import given_up, try_again
from submissions.models import Merge, Settlement

_GIVEN_UP_MERGES: Final = Merge.objects.filter(rescored_at=None).exclude(given_up_at=None).values("competition")
_GIVEN_UP_CLOSES: Final = Settlement.objects.filter(finished_at=None).exclude(given_up_at=None).values("competition")
WORK: Final[Conditions] = {
    "given-up": ("given up", lambda: Q(pk__in=_GIVEN_UP_MERGES) | Q(pk__in=_GIVEN_UP_CLOSES)),
    "closing": ("closing: being settled", lambda: Q(state=Competition.State.CLOSING)),
}


def _of_round(competition: Competition) -> str:
    if competition.state != Competition.State.OPEN:
        return "it is not open; no round opens."
    waiting = len(candidates(competition))
    plural = "" if waiting == 1 else "s"
    return f"{waiting} candidate{plural} put to the sealed split; what the tests spend of the ledger stays spent."


def tried_again(competition: Competition) -> str:
    """What ``try_again`` would do."""
    return "; ".join(f"the {work} is tried again" for work in given_up(competition)) or "nothing was given up."


admin.site.unregister(Competition)


@admin.register(Competition)
class RunCompetitionAdmin(CompetitionAdmin):
    list_filter = (filter_by("work", "work", WORK), *CompetitionAdmin.list_filter)
    actions = (
        *CompetitionAdmin.actions,
        confirmed(open_round, verb="Open a round", effect=_of_round, done="a round is open."),
        confirmed(try_again, verb="Try again what was given up", effect=tried_again, done="a worker is sent for."),
        confirmed(
            close_competition,
            verb="Close for good",
            effect=lambda row: (
                "no submission is taken and no round opens any more; the sealed numbers are shown to "
                "everyone. It cannot be opened again."
            ),
            done="it is closing; a worker computes the sealed numbers.",
            risky=True,
        ),
    )
