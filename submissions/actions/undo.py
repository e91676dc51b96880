"""What a roll back and the withdrawal of a merged patch have in common: when they may be, what is written."""

from django.db.models import F

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Invalid, Refused
from bounty.models import Competition, HostedModelVersion, User
from submissions import queue
from submissions.actions.merge import Protected, next_number
from submissions.line import patches_of
from submissions.models import Merge, RescorePart, Reversal, Round, Submission
from submissions.models.reversal import MAX_REASON
from submissions.states import Status, move
from submissions.webhooks import tell_status, tell_version


def checked_reason(reason: str) -> str:
    """Raises Invalid where there is none, or one too long to be kept."""
    given = " ".join(reason.split())
    if not given:
        raise Invalid("REASON_MISSING", "Say why: the reason is shown on the model's page.", field="reason")
    if len(given) > MAX_REASON:
        sentence = f"Say it in at most {MAX_REASON} characters; yours are {len(given)}."
        raise Invalid("REASON_TOO_LONG", sentence, field="reason", limit=MAX_REASON)
    return given


def lock_undoable(competition: Competition) -> Competition:
    """The competition's row, locked, once it is sure that nothing builds on the newest version meanwhile.

    Raises:
        Refused: while a round is under way, whose candidates are tested on the newest version one after another; and
            once the competition closes, for its report is made of what was merged until then.
    """
    locked = Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
    if locked.state != Competition.State.OPEN:
        sentence = "The model of a competition is changed while it is open; it is fixed from the close on."
        raise Refused("COMPETITION_CLOSED", sentence)
    if locked.rounds.filter(state=Round.State.CERTIFYING).exists():
        sentence = "A round is under way, and its candidates are tested on this model; do it when it has finished."
        raise Refused("ROUND_UNDER_WAY", sentence)
    return locked


def publish_again(competition: Competition, version: HostedModelVersion) -> HostedModelVersion:
    """The version under the next number: it stands on what that stood on, so its pointers mean what they meant."""
    kept = ("recipe", "nodes", "hidden_answers", "public_answers", "holdout_report")
    return HostedModelVersion.objects.create(
        competition=competition,
        number=next_number(competition),
        base=version.base,
        published_at=clock.now(),
        **{name: getattr(version, name) for name in kept},
    )


def write_reversal(
    before: Protected,
    after: HostedModelVersion,
    *,
    kind: Reversal.Kind,
    reason: str,
    by: User,
    restored: HostedModelVersion | None = None,
    withdrawn: Submission | None = None,
) -> Reversal:
    """What left the model and what came back, the statuses of both, the record, and a worker for the board.

    Certificates stay, marked with the version that they were issued against; what the ledger has spent stays spent. The
    caller holds the competition's lock and has published ``after``.
    """
    were, are = [submission.pk for submission in before.submissions], patches_of(after)
    left, returned = [pk for pk in were if pk not in are], [pk for pk in are if pk not in were]
    _move(left, returned, withdrawn)
    made = Reversal.objects.create(
        competition=after.competition,
        kind=kind,
        restored=restored,
        submission=withdrawn,
        before=before.head,
        after=after,
        left=left,
        returned=returned,
        reason=reason,
        by=by,
    )
    tell_version(after)
    _score_the_board_again(after.competition)
    record(
        "withdraw" if withdrawn else "roll_back_version",
        subject=f"submission:{withdrawn.pk}" if withdrawn else f"competition:{after.competition_id}",
        competition=after.competition,
        actor=by,
        before=before.head.number,
        after=after.number,
        restored=restored.number if restored else None,
        left=left,
        returned=returned,
        reason=reason,
    )
    return made


def _move(left: list[int], returned: list[int], withdrawn: Submission | None) -> None:
    rolled_back = [pk for pk in left if withdrawn is None or pk != withdrawn.pk]
    moved = move(Submission.objects.filter(pk__in=rolled_back), Status.ROLLED_BACK)
    moved += move(Submission.objects.filter(pk__in=returned), Status.MERGED)
    tell_status(rolled_back, Status.ROLLED_BACK)
    tell_status(returned, Status.MERGED)
    if withdrawn is not None:
        moved += move(Submission.objects.filter(pk=withdrawn.pk), Status.WITHDRAWN, finished_at=clock.now())
        tell_status([withdrawn.pk], Status.WITHDRAWN)
    if moved != len(left) + len(returned):  # a patch that was rolled back has been withdrawn just now
        raise Refused("SUBMISSIONS_CHANGED", "One of the patches was withdrawn just now; look again.")


def _score_the_board_again(competition: Competition) -> None:
    """The newest merge is what a worker scores the board for: its work is to be done again, whoever is at it. Nobody
    waits for parts that are being counted: they are of a version that answers no more."""
    RescorePart.objects.filter(merge__competition=competition).delete()
    newest = competition.merges.latest("pk")
    Merge.objects.filter(pk=newest.pk).update(
        rescored_at=None, given_up_at=None, lease_until=None, woken_at=None, attempts=0, fence=F("fence") + 1
    )
    queue.wake(queue.RESCORE, newest.pk)
