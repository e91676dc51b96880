"""What a stream may be about, and how it stands: a handful of queries for all that is being watched."""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, Q
from django.http import HttpRequest

from bounty import clock
from bounty.models import ApiToken, Competition, HostedModelVersion, Team, User
from submissions.models import Merge, Submission, Verdict
from submissions.progress import reached
from submissions.states import Status

SUBMISSION: Final = "submission"
BOARD: Final = "board"


@dataclass(frozen=True)
class Topic:
    """One submission, or the board of one competition."""

    kind: str
    pk: int


@dataclass(frozen=True)
class State:
    """How a topic stands: nothing that reading the same thing would not show to whoever may see it.

    ``stamp`` is the event's id; equal stamps mean that there is nothing new.
    """

    stamp: str
    data: dict[str, Any]
    is_final: bool


@dataclass(frozen=True)
class Viewer:
    """Who watches: an account, by a token or a browser's session, or somebody without one at a network address."""

    user: int | None
    token: int | None
    session: str = ""
    address: str = ""

    @property
    def key(self) -> str:
        """Whose streams are counted together."""
        return f"account:{self.user}" if self.user is not None else f"address:{self.address}"


def read(topics: Iterable[Topic]) -> dict[Topic, State]:
    """How each topic stands; what is gone is left out."""
    wanted = set(topics)
    boards = {topic.pk for topic in wanted if topic.kind == BOARD}
    found = _submissions({topic.pk for topic in wanted if topic.kind == SUBMISSION})
    return found | {Topic(BOARD, one.pk): _board(one) for one in Competition.objects.filter(pk__in=boards)}


def still_sees(viewer: Viewer, topic: Topic) -> bool:
    """Whether the viewer may still be told: asked before every event, and from time to time where there is none."""
    user = User.objects.filter(pk=viewer.user, is_active=True).first() if viewer.user is not None else None
    if viewer.user is not None and (user is None or not _is_let_in(user, viewer)):
        return False
    if topic.kind == SUBMISSION:
        return user is not None and Submission.objects.visible_to(user).filter(pk=topic.pk).exists()
    return Competition.objects.visible_to(user or AnonymousUser()).filter(pk=topic.pk).exists()


def _is_let_in(user: User, viewer: Viewer) -> bool:
    """Whether the token is neither revoked nor too old; or the session neither signed out nor of an old password."""
    if viewer.token is not None:
        in_time = Q(expires_at=None) | Q(expires_at__gt=clock.now())
        return ApiToken.objects.filter(in_time, pk=viewer.token, user=user, revoked_at=None).exists()
    browser = HttpRequest()
    browser.session = import_module(settings.SESSION_ENGINE).SessionStore(viewer.session)
    return get_user(browser) == user


def _submissions(pks: set[int]) -> dict[Topic, State]:
    if not pks:
        return {}
    fields = ("pk", "status", "attempts", "waits_for", "newest")
    rows = list(Submission.objects.filter(pk__in=pks).annotate(newest=Max("verdicts")).values(*fields))
    codes = Verdict.objects.in_bulk([row["newest"] for row in rows if row["newest"] is not None])
    ahead = _ahead([row["pk"] for row in rows if row["status"] == Status.QUEUED])
    return {Topic(SUBMISSION, row["pk"]): _submission(row, codes, ahead.get(row["pk"])) for row in rows}


def _submission(row: dict[str, Any], verdicts: dict[int, Verdict], ahead: int | None) -> State:
    status, newest = Status(row["status"]), verdicts.get(row["newest"])
    is_final = Submission(status=status).is_final
    return _state(
        {
            "id": row["pk"],
            "status": status.value,
            "step": reached(status),
            "ahead": ahead,
            "waits_for": row["waits_for"],
            "attempts": row["attempts"],
            "is_final": is_final,
            "verdict": None if newest is None else {"outcome": newest.outcome, "code": newest.code},
        },
        is_final=is_final,
    )


def _ahead(pks: list[int]) -> dict[int, int]:
    """How many wait before each of these, in two queries however many they are."""
    if not pks:
        return {}
    queued = Submission.objects.filter(status=Status.QUEUED)
    before = queued.filter(pk__lt=min(pks)).count()
    between = list(queued.filter(pk__gte=min(pks), pk__lt=max(pks)).order_by("pk").values_list("pk", flat=True))
    return {pk: before + bisect_left(between, pk) for pk in pks}


def _board(competition: Competition) -> State:
    """Its stamp covers whatever the standings are computed from (see submissions.board), without computing them."""
    head = HostedModelVersion.objects.filter(competition=competition).order_by("-number").values_list("pk", "number")
    version, number = head.first() or (None, None)
    sent = competition.submissions.order_by("status").values_list("status").annotate(Count("pk"), Max("sent_at"))
    scored = Verdict.objects.filter(version=version).aggregate(Count("pk"), Max("pk"))
    merged = Merge.objects.filter(competition=competition).aggregate(Count("pk"), Count("marginal_reward"))
    teams = Team.objects.filter(competition=competition).order_by("pk").values_list("pk", "name", "merged_into")
    under = [number, [*map(list, sent)], scored, merged, [*map(list, teams)]]
    data = {"competition": competition.slug, "state": competition.state, "version": number, "stamp": _digest(under)}
    return _state(data, is_final=competition.is_closed)


def _state(data: dict[str, Any], *, is_final: bool) -> State:
    return State(stamp=_digest(data), data=data, is_final=is_final)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]
