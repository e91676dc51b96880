"""Stop what several workers began and none finished: a platform fault, until somebody has it tried again."""

import logging

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from submissions.models import Merge, Round, Settlement

log = logging.getLogger(__name__)


def give_up_work(model: type[Merge] | type[Round] | type[Settlement], pk: int, *, fence: int) -> bool:
    """Give the row up if the claim ``fence`` is still the newest; ``try_again`` is the way out."""
    with transaction.atomic():
        rows = model._default_manager.filter(pk=pk, fence=fence)
        if rows.update(given_up_at=clock.now(), lease_until=None, fence=fence + 1) != 1:
            return False
        work = model._default_manager.select_related("competition").get(pk=pk)
        record("give_up_work", subject=f"{model._meta.model_name}:{pk}", competition=work.competition)
    log.error("The %s %s was given up after several attempts.", model._meta.model_name, pk)
    return True
