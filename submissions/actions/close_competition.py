"""Close a competition: no more submissions; a worker settles what is shown from then on."""

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Fault, Refused
from bounty.models import Competition, User
from bounty.policies import check_organises
from submissions import queue
from submissions.actions.open_round import begin_round, candidates
from submissions.models import Round, Settlement


def close_competition(competition: Competition, *, by: User) -> Competition:
    """The competition, closing. What is still queued is judged; nothing new is taken and no round opens.

    Where the rules open the sealed split once, at the close, that is done now, over what was judged until now.
    """
    check_organises(by, competition)
    return close(competition, actor=by)


def close(competition: Competition, *, actor: User | None) -> Competition:
    """The same without asking who may: by the clock there is no actor, and its time must have come."""
    with transaction.atomic():
        locked = Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        if locked.state != Competition.State.OPEN:
            raise Refused("NOT_OPEN", f"{locked.title} is not open.", fault=Fault.ORGANISER, state=locked.state)
        if actor is None and (locked.closes_at is None or locked.closes_at > clock.now()):
            raise Refused("NOT_YET", f"{locked.title} was given more time.", fault=Fault.ORGANISER)
        if locked.rounds.filter(state=Round.State.CERTIFYING).exists():
            raise Refused("ROUND_UNDER_WAY", "A round is under way; close when it has finished.", fault=Fault.ORGANISER)
        locked.state = Competition.State.CLOSING
        locked.save(update_fields=["state"])
        settlement = Settlement.objects.create(competition=locked)
        chosen = candidates(locked) if locked.opening == Competition.Opening.CLOSE else []
        if chosen:
            begin_round(locked, chosen, actor=actor)  # the worker that finishes it sends for the settlement
        else:
            queue.wake(queue.SETTLE, settlement.pk)
        record("close_competition", subject=f"competition:{locked.pk}", competition=locked, actor=actor)
    return locked
