"""Reveal the salt of the commitment to the hidden splits."""

from django.db import transaction

from bounty import clock, evidence
from bounty.actions.record import record
from bounty.errors import Fault, Refused
from bounty.models import Competition, SplitCommitment, User
from bounty.policies import check_organises


def reveal_salt(competition: Competition, *, by: User) -> SplitCommitment:
    """Publish the salt, so that whoever holds the hidden rows can check the commitment. It cannot be taken back.

    Raises:
        Refused: before the close, where there is no commitment, and where it was done before.
    """
    check_organises(by, competition)
    with transaction.atomic():
        locked = Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        if not locked.is_closed:
            sentence = (
                "The salt may be revealed once the competition is closed; until then rows could be guessed by it."
            )
            raise Refused("NOT_CLOSED", sentence, fault=Fault.ORGANISER)
        made = SplitCommitment.objects.filter(competition=locked).first()
        if made is None:
            raise Refused("NO_COMMITMENT", "This competition published no commitment.", fault=Fault.ORGANISER)
        if made.salt:
            raise Refused("SALT_REVEALED", "The salt was revealed before.", fault=Fault.ORGANISER)
        made.salt, made.revealed_at = evidence.commitment_salt(locked), clock.now()
        made.save(update_fields=["salt", "revealed_at"])
        record("reveal_salt", subject=f"competition:{locked.pk}", competition=locked, actor=by)
    return made
