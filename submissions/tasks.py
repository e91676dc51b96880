"""What workers run: each takes an id, calls one action, and may run twice without harm."""

from celery import shared_task

from submissions import queue
from submissions.actions.certify import certify as certify_round
from submissions.actions.judge import judge as judge_submission
from submissions.actions.recount_part import recount_part
from submissions.actions.rescore import rescore as rescore_merge
from submissions.actions.settle import settle as settle_competition


@shared_task(name=queue.JUDGE)
def judge(submission_id: int) -> None:
    judge_submission(submission_id)


@shared_task(name=queue.CERTIFY)
def certify(round_id: int) -> None:
    certify_round(round_id)


@shared_task(name=queue.RESCORE)
def rescore(merge_id: int) -> None:
    rescore_merge(merge_id)


@shared_task(name=queue.RECOUNT)
def recount(part_id: int) -> None:
    recount_part(part_id)


@shared_task(name=queue.SETTLE)
def settle(settlement_id: int) -> None:
    settle_competition(settlement_id)
