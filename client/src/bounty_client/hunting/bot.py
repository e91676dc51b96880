"""The bot: one strategy, one budget, and what verdicts teach."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from bounty_client import answers
from bounty_client.calls import Pair
from bounty_client.hunting.ground import Ground, NothingToHunt, hosted_answers, survey
from bounty_client.problems import Problem
from bounty_client.sync import Client
from scoring.errors import ScoringError
from scoring.hunters import Found, Hunt, find
from scoring.types import Bools

ENDED: Final = frozenset({"QUOTA_DAY", "QUOTA_IN_ALL", "COMPETITION_CLOSED"})
PATCH_REFUSED: Final = frozenset({"INVALID_MODEL", "INVALID_OUTPUT", "TIMEOUT", "MEMORY_LIMIT", "NO_CHANGE"})
LIKE: Final = 0.8  # two groups that share so much of their rows together are one idea
WIDEN: Final = 1.25  # after GROUP_TOO_SMALL the least size grows by this


@dataclass(frozen=True)
class Sent:
    """A submission, and what came of it."""

    number: int
    group: str
    patch: str
    expected_score: float  # on the public rows that judge
    status: str
    code: str
    score: float | None  # on the holdout: provisional
    passes_gate: bool
    seconds: float  # from sending to the verdict


@dataclass
class Summary:
    """What a hunt did, and why it ended."""

    slug: str
    strategy: str
    budget: int
    sent: list[Sent] = field(default_factory=list)
    passed_over: int = 0
    ended: str = ""

    @property
    def sentence(self) -> str:
        passing = sum(one.passes_gate for one in self.sent)
        return (
            f"{self.strategy}: {len(self.sent)} of {self.budget} sent, {passing} pass the gate to a round, "
            f"{self.passed_over} passed over. {self.ended}"
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class _Over(Exception):
    """The site takes no more; the text says why."""


class Bot:
    """One entrant. ``tell`` hears what it does."""

    def __init__(
        self,
        client: Client,
        slug: str,
        *,
        strategy: str,
        seed: int = 0,
        demographic: bool = False,
        folder: Path | None = None,
        tell: Callable[[str], object] = lambda line: None,
    ) -> None:
        self.client, self.slug, self.strategy, self.seed = client, slug, strategy, seed
        self.demographic, self.folder, self.tell = demographic, folder, tell
        self._texts: set[str] = set()  # what was sent, by canonical text
        self._vain: list[Bools] = []  # rows where nothing was to be gained
        self._least_rows = 0

    def compete(self, budget: int) -> Summary:
        """Send until the budget, the quota or the competition ends, or nothing more is found."""
        done = Summary(self.slug, self.strategy, budget)
        with tempfile.TemporaryDirectory() as temporary:
            folder = self.folder or Path(temporary)
            self.tell(f"reading {self.slug}")
            ground = survey(self.client, self.slug, folder)
        self._least_rows = ground.least_rows
        try:
            done.ended = self._hunt(ground, done)
        except _Over as over:
            done.ended = str(over)
        except ScoringError as error:  # a task, a loss, or too few rows
            raise NothingToHunt(f"This strategy cannot hunt here: {error}") from error
        return done

    def _hunt(self, ground: Ground, done: Summary) -> str:
        """Look again after every pair that the model may soon answer by: what is left then is another question."""
        version, claimed = -1, list[Found]()
        while len(done.sent) < done.budget:
            newest = self.client.board(self.slug)["version"]
            if newest != version:
                version = newest
                hosted = hosted_answers(self.client, ground, version)
                self.tell(f"hunting against version {version}")
            hunt = ground.hunt(hosted, least_rows=self._least_rows, seed=self.seed, demographic=self.demographic)
            for found in claimed:  # sent, and perhaps not yet merged
                hunt = hunt.after(found.mask, found.answers)
            found_next = self._send_next(hunt, done, round_=len(claimed))
            if found_next is not None:
                claimed.append(found_next)
            elif len(done.sent) < done.budget:
                return "Nothing more was found."
        return "The budget is used up."

    def _send_next(self, hunt: Hunt, done: Summary, *, round_: int) -> Found | None:
        """Send what is found, best first, until something was scored; None when nothing was."""
        for found in find(hunt, self.strategy, np.random.default_rng([self.seed, round_])):
            if len(done.sent) >= done.budget:
                return None
            if not self._is_worth_sending(found):
                done.passed_over += 1
                continue
            sent = self._try(found, done)
            if sent.code in PATCH_REFUSED and found.onnx is not None and len(done.sent) < done.budget:
                sent = self._try(replace(found, onnx=None), done)  # the platform trains a patch instead
            if self._learn(found, sent):
                return found
        return None

    def _try(self, found: Found, done: Summary) -> Sent:
        sent = self._send(found)
        done.sent.append(sent)
        self.tell(f"{sent.code} {sent.group}, patch: {sent.patch}{', passes the gate' if sent.passes_gate else ''}")
        return sent

    def _is_worth_sending(self, found: Found) -> bool:
        """Whether it is new, gains in public, and is of a size that the site takes; the last is asked of the site."""
        text = found.group.to_text()
        if text in self._texts or float(found.score.value) <= 0:
            return False
        if any(_overlap(found.mask, mask) > LIKE for mask in self._vain):
            return False
        seen = self.client.preview(self.slug, text)
        return seen["rows"] >= self._least_rows

    def _send(self, found: Found) -> Sent:
        text = found.group.to_text()
        pair: Pair = {"predicate": text, "title": f"{self.strategy}: {text}"[:120]}
        if found.onnx is not None:
            pair["patch_model"] = found.onnx
        self._texts.add(text)
        begun = time.monotonic()
        try:
            made = self.client.submit(self.slug, **pair)
        except Problem as problem:
            if problem.code in ENDED:
                raise _Over(problem.sentence) from problem
            raise
        seen = self.client.wait_for_submission(made["id"])
        return _sent(found, text, seen, seconds=time.monotonic() - begun)

    def _learn(self, found: Found, sent: Sent) -> bool:
        """Whether the search should go on as if the model answered by the pair."""
        if sent.passes_gate or sent.code == "DUPLICATE":
            return True
        if sent.code == "GROUP_TOO_SMALL":
            self._least_rows = round(self._least_rows * WIDEN)
        else:
            self._vain.append(found.mask)
        return False


def _sent(found: Found, text: str, seen: answers.Submission, *, seconds: float) -> Sent:
    verdict = seen["verdict"]
    return Sent(
        number=seen["id"],
        group=text,
        patch=found.patch_kind,
        expected_score=float(found.score.value),
        status=seen["status"],
        code=verdict["code"] if verdict else "",
        score=verdict["score"] if verdict else None,
        passes_gate=bool(verdict and verdict["passes_gate"]),
        seconds=seconds,
    )


def _overlap(one: Bools, other: Bools) -> float:
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else 1.0
