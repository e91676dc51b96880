"""Let an earlier version of the model answer again, under a new number."""

from django.db import transaction

from bounty.errors import Fault, Refused
from bounty.models import HostedModelVersion, User
from bounty.policies import check_organises
from submissions.actions.merge import load_protected
from submissions.actions.undo import checked_reason, lock_undoable, publish_again, write_reversal
from submissions.line import patches_of
from submissions.models import Reversal, Submission
from submissions.states import Status


def roll_back_version(version: HostedModelVersion, *, by: User, reason: str) -> Reversal:
    """The roll back to ``version``. What is merged next goes on from there; nothing that was published is changed.

    Raises:
        NotAllowed: for anyone but the organiser and staff. Invalid: without a reason.
        Refused: as ``lock_undoable``; where the model is that version already; where a patch in it was withdrawn.
    """
    check_organises(by, version.competition)
    given = checked_reason(reason)
    with transaction.atomic():
        competition = lock_undoable(version.competition)
        before = load_protected(competition)
        if version.nodes == before.head.nodes:
            sentence = f"The model answers as version {version.number} does already."
            raise Refused("NOTHING_TO_ROLL_BACK", sentence, fault=Fault.ORGANISER)
        _check_has_nothing_withdrawn(version)
        after = publish_again(competition, version)
        return write_reversal(before, after, kind=Reversal.Kind.ROLL_BACK, reason=given, by=by, restored=version)


def withdrawn_of(version: HostedModelVersion) -> list[int]:
    """The patches in the version that were withdrawn since, by their submissions."""
    withdrawn = Submission.objects.filter(pk__in=patches_of(version), status=Status.WITHDRAWN)
    return list(withdrawn.order_by("pk").values_list("pk", flat=True))


def _check_has_nothing_withdrawn(version: HostedModelVersion) -> None:
    withdrawn = withdrawn_of(version)
    if withdrawn:
        names = ", ".join(map(str, withdrawn))
        sentence = f"Version {version.number} answers with what was withdrawn since (submission {names})."
        raise Refused("HOLDS_WITHDRAWN", sentence, fault=Fault.ORGANISER, submissions=withdrawn)
