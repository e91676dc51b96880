"""Open a draft to entrants."""

from django.db import transaction

from bounty import clock, evidence
from bounty.actions.record import record
from bounty.errors import Fault, Refused
from bounty.models import Competition, SplitCommitment, User
from bounty.policies import check_organises
from scoring.merge import Mode


def publish_competition(competition: Competition, *, by: User) -> Competition:
    """Move a draft to open; submissions are taken from ``opens_at`` on, or at once. Its hidden splits are committed to:
    from now on nobody, the organiser included, can exchange them unseen."""
    check_organises(by, competition)
    with transaction.atomic():
        locked = Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        if locked.state != Competition.State.DRAFT:
            raise Refused("NOT_A_DRAFT", "This competition has been published before.", fault=Fault.ORGANISER)
        if locked.closes_at is not None and locked.closes_at <= clock.now():
            raise Refused("CLOSES_IN_THE_PAST", "Its closing time has passed; set another.", fault=Fault.ORGANISER)
        if locked.mode != Mode.CERTIFIED:
            sentence = f"Rounds here are certified; the mode {locked.mode} is for replaying archives with the library."
            raise Refused("MODE_NOT_OFFERED", sentence, fault=Fault.ORGANISER)
        locked.state = Competition.State.OPEN
        locked.opens_at = locked.opens_at or clock.now()
        locked.save(update_fields=["state", "opens_at"])
        made = SplitCommitment.objects.create(competition=locked, value=evidence.commitment(locked))
        subject = f"competition:{locked.pk}"
        record("publish_competition", subject=subject, competition=locked, actor=by, commitment=made.value)
    competition.refresh_from_db()
    return locked
