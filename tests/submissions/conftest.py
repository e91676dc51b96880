"""A scored submission or two, judged for real in this process."""

from collections.abc import Callable

import pytest

from bounty.models import Team, User
from submissions.actions.judge import judge
from submissions.actions.submit import submit
from submissions.intake.request import SubmitRequest
from submissions.models import Submission

Send = Callable[..., Submission]


@pytest.fixture
def send(team: Team, alice: User) -> Send:
    """Send a predicate with a patch by the platform, unless told otherwise."""

    def sends(
        predicate: str = "", *, to: Team = team, by: User | None = None, key: str | None = None, **fields: object
    ) -> Submission:
        asked = {"group_kind": "predicate", "patch_kind": "platform", "predicate_text": predicate} | fields
        sender = by or (alice if to == team else to.present()[0].user)  # nobody sends for a team that they are not in
        return submit(to, sent_by=sender, request=SubmitRequest(**asked), idempotency_key=key)  # type: ignore[arg-type]

    return sends


@pytest.fixture
def judged(send: Send) -> Send:
    """Send and judge."""

    def sends_and_judges(*args: object, **fields: object) -> Submission:
        submission = send(*args, **fields)
        judge(submission.pk)
        submission.refresh_from_db()
        return submission

    return sends_and_judges
