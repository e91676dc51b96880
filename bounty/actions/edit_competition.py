"""Change what may be changed of a competition once it is imported: its texts, its dates, its quotas."""

import datetime as dt
from typing import Any, Final

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Fault, Invalid, Refused
from bounty.models import Admission, Competition, Membership, User
from bounty.policies import check_organises
from scoring.sandbox.lowered import faults

TEXTS: Final = (
    *("title", "summary", "description", "content_warning", "licence", "source"),
    *("visibility", "opens_at", "closes_at", "teams_merge_until"),
)
# Changing one of these makes a new version of the rules, which everyone must accept before sending again.
RULES: Final = (
    *("rules_text", "candidates_per_round", "round_cap", "max_team_members"),
    *("submissions_per_day", "submissions_in_all", "submissions_in_flight", "limits"),
)


def edit_competition(competition: Competition, *, by: User, **changes: Any) -> Competition:
    """Write ``changes``; data, task and what certificates rest on are fixed at import.

    Raises:
        NotAllowed: for anyone but the organiser and staff.
        Refused: for a field that is fixed, or a competition that is closing or closed.
        Invalid: for limits above the platform's, or that are none.
    """
    check_organises(by, competition)
    if fixed := sorted(set(changes) - {*TEXTS, *RULES}):
        raise Refused("FIELD_FIXED", f"{', '.join(fixed)} cannot be changed after the import.", fault=Fault.ORGANISER)
    for where, sentence in faults(changes.get("limits", {})):
        field = ".".join(("limits", *where))
        raise Invalid("LIMITS_WRONG", f"Of the limits, {sentence}", fault=Fault.ORGANISER, field=field)
    with transaction.atomic():
        locked = Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        if locked.state not in {Competition.State.DRAFT, Competition.State.OPEN}:
            raise Refused("COMPETITION_CLOSED", "A closed competition is not edited.", fault=Fault.ORGANISER)
        changed = sorted(name for name, value in changes.items() if getattr(locked, name) != value)
        if "closes_at" in changed:
            _check_closing_time(changes["closes_at"])
        if changed:
            _write(locked, {name: changes[name] for name in changed})
            subject = f"competition:{locked.pk}"
            record("edit_competition", subject=subject, competition=locked, actor=by, fields=changed)
    competition.refresh_from_db()
    return locked


def _write(locked: Competition, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(locked, name, value)
    fields = list(changes)
    if set(changes) & set(RULES):
        locked.rules_version += 1
        fields.append("rules_version")
    locked.save(update_fields=fields)
    if changes.get("visibility") == Competition.Visibility.PRIVATE:  # who takes part already is not shut out
        inside = Membership.objects.filter(competition=locked, left_at=None).values_list("user", flat=True)
        admissions = [Admission(competition=locked, user_id=pk) for pk in inside]
        Admission.objects.bulk_create(admissions, ignore_conflicts=True)


def _check_closing_time(closes_at: dt.datetime | None) -> None:
    if closes_at is not None and closes_at <= clock.now():
        sentence = "Its closing time would have passed; set a later one, or close it now."
        raise Refused("CLOSES_IN_THE_PAST", sentence, fault=Fault.ORGANISER, field="closes_at")
