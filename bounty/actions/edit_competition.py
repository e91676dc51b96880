"""Change what may be changed of a competition once it is imported: its texts, its dates, its quotas."""

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
        changed = sorted(name for name, value in changes.items() if _differs(getattr(locked, name), value))
        _check_times(locked, {name: changes[name] for name in changed})
        _check_counts({name: changes[name] for name in changed})
        if changed:
            _write(locked, {name: changes[name] for name in changed})
            subject = f"competition:{locked.pk}"
            record("edit_competition", subject=subject, competition=locked, actor=by, fields=changed)
    competition.refresh_from_db()
    return locked


def _write(locked: Competition, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(locked, name, value.replace("\r\n", "\n") if isinstance(value, str) else value)
    fields = list(changes)
    if set(changes) & set(RULES):
        locked.rules_version += 1
        fields.append("rules_version")
    locked.save(update_fields=fields)
    if changes.get("closes_at") is not None:  # rounds that were set for later would never come
        locked.round_times.filter(done_at=None, at__gt=changes["closes_at"]).delete()
    if changes.get("visibility") == Competition.Visibility.PRIVATE:  # who takes part already is not shut out
        inside = Membership.objects.filter(competition=locked, left_at=None).values_list("user", flat=True)
        admissions = [Admission(competition=locked, user_id=pk) for pk in inside]
        Admission.objects.bulk_create(admissions, ignore_conflicts=True)


def _differs(stored: object, given: object) -> bool:
    """Forms write line ends of their own, and leave the last one out: that is no other text."""
    if isinstance(stored, str) and isinstance(given, str):
        return stored.replace("\r\n", "\n").strip() != given.replace("\r\n", "\n").strip()
    return stored != given


def _check_times(locked: Competition, changes: dict[str, Any]) -> None:
    closes_at, opens_at = (changes.get(name, getattr(locked, name)) for name in ("closes_at", "opens_at"))
    if "closes_at" in changes and closes_at is not None and closes_at <= clock.now():
        sentence = "Its closing time would have passed; set a later one, or close it now."
        raise Refused("CLOSES_IN_THE_PAST", sentence, fault=Fault.ORGANISER, field="closes_at")
    if {"opens_at", "closes_at"} & set(changes) and opens_at and closes_at and opens_at >= closes_at:
        sentence = "It would close before it opens; set other times."
        raise Refused("TIMES_REVERSED", sentence, fault=Fault.ORGANISER, field="closes_at")


def _check_counts(changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, int) and not isinstance(value, bool) and value < 1:
            raise Invalid("COUNT_TOO_SMALL", f"{name} must be 1 at least.", fault=Fault.ORGANISER, field=name)
