"""Three scripted entrants: one leaves patches to the platform, one trains its own, one routes to other systems."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from bounty.demo.groups import Group, Sizes, plain_groups
from bounty.demo.sources import patch_source
from bounty_client import Client, Problem
from bounty_client.answers import Column, Competition, Split
from bounty_client.calls import Pair
from scoring.types import Floats
from scoring.word_errors import word_error_losses

PREVIEWS: Final = 120  # groups whose public error an entrant asks for
OVERLAP: Final = 0.6  # of a chosen group's rows that earlier choices may cover: else it finds nothing new
SENDS: Final = 8  # submissions of each entrant
_ENDED: Final = {"QUOTA_DAY", "COMPETITION_CLOSED"}


@dataclass(frozen=True)
class Sent:
    """A submission that came to a verdict, and how long that took as its sender saw it."""

    id: int
    status: str
    code: str
    passes_gate: bool
    seconds: float


@dataclass
class Surroundings:
    """What every entrant reads before it begins: the rules, the columns, and the public rows."""

    client: Client
    slug: str

    @cached_property
    def competition(self) -> Competition:
        return self.client.competition(self.slug)

    @cached_property
    def splits(self) -> list[Split]:
        return self.client.splits(self.slug)["splits"]

    @cached_property
    def columns(self) -> list[Column]:
        return self.client.columns(self.slug)["columns"]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The public rows: train, then validation where there is one."""
        public = [split for split in self.splits if split["public"]]
        with tempfile.TemporaryDirectory() as folder:
            frames = [pd.read_parquet(self._download(split, Path(folder))) for split in public]
        return pd.concat(frames, ignore_index=True)

    def _download(self, split: Split, folder: Path) -> Path:
        to = folder / f"{split['name']}.parquet"
        return self.client.download(split["downloads"]["parquet"], to, sha256=split["sha256"])

    @cached_property
    def weights(self) -> Floats:
        column = self.competition["row_weight"]
        return self.rows[column].to_numpy(dtype=np.float64) if column else np.ones(len(self.rows))

    def groups(self, key: Callable[[Group, float], float]) -> list[Group]:
        """Groups of allowed size, highest ``key`` (of group and public loss) first, those that add rows in front."""
        sizes = Sizes.of(self.competition, self.splits)
        listed = plain_groups(self.rows, self.columns, self.weights, sizes=sizes)[:PREVIEWS]
        keys = {group.predicate(): key(group, self._public_loss(group)) for group in listed}
        return _spread(sorted(listed, key=lambda group: -keys[group.predicate()]))

    def _public_loss(self, group: Group) -> float:
        """The hosted model's mean loss on the group's public rows, as the site's preview tells it."""
        preview = self.client.preview(self.slug, group.predicate())
        return float(preview["loss"]["estimate"] or 0.0)

    def losses(self, column: str) -> Floats:
        """The loss of a column of predictions on each public row."""
        competition, truth, answers = self.competition, self.rows[self.competition["label"]], self.rows[column]
        if competition["loss"] == "word_error_rate":
            return word_error_losses([*truth.fillna("").map(str)], [*answers.fillna("").map(str)])
        if competition["loss"] == "squared":
            low, high = competition["value_low"], competition["value_high"]
            if low is None or high is None:
                raise ValueError("Squared loss is of numbers, whose range is told.")
            span = high - low
            return np.minimum(np.asarray((truth - answers) / span, dtype=np.float64) ** 2, 1)
        return np.asarray(truth.map(str) != answers.map(str), dtype=np.float64)

    def free_texts(self) -> list[str]:
        """Features whose rows are sentences rather than names: nearly all of them differ."""
        texts = [c["name"] for c in self.columns if c["role"] == "feature" and c["kind"] == "text"]
        return [name for name in texts if self.rows[name].nunique() > len(self.rows) / 2]


@dataclass
class Entrant:
    """A scripted entrant: what it would send, best first, and what came of what it did send."""

    team: str
    client: Client
    slug: str
    requests: Callable[[Surroundings], Iterator[Pair]]
    sent: list[Sent] = field(default_factory=list)

    def compete(self) -> None:
        """Accept the rules, look at the public rows, and send one submission after another."""
        around = Surroundings(self.client, self.slug)
        self.client.join(self.slug, rules_version=around.competition["rules"]["version"], team_name=self.team)
        for pair, _ in zip(self.requests(around), range(SENDS), strict=False):
            try:
                self.sent.append(self._send(pair))
            except Problem as problem:
                if problem.code in _ENDED:
                    return
                raise

    def _send(self, pair: Pair) -> Sent:
        begun = time.monotonic()
        made = self.client.submit(self.slug, **pair)
        seen = self.client.wait_for_submission(made["id"])
        verdict, seconds = seen["verdict"], time.monotonic() - begun
        code, passes = (verdict["code"], verdict["passes_gate"]) if verdict else ("", False)
        return Sent(seen["id"], seen["status"], code, passes, seconds)


def by_platform(around: Surroundings) -> Iterator[Pair]:
    """Plain groups, those first in which most of all loss lies; the platform trains their patches."""
    for group in around.groups(lambda group, loss: group.weight * loss):
        yield {"title": group.words(), "predicate": group.predicate()}


def by_training(around: Surroundings) -> Iterator[Pair]:
    """Plain groups in Python, those of the highest loss first, with gradient boosting on everyone's rows as patch."""
    if around.competition["task"] == "transcription":
        return  # a patch there is the choice of a system
    source = patch_source(regression=around.competition["task"] == "regression", texts=around.free_texts())
    for group in around.groups(lambda _, loss: loss):
        yield {"title": group.words(), "group_source": group.python(), "patch_source": source}


def by_routing(around: Surroundings) -> Iterator[Pair]:
    """Plain groups on which another system does better in public, the largest gain first."""
    competition = around.competition
    candidates = [name for name in competition["candidate_columns"] if name in around.rows]
    if not candidates or competition["model_column"] not in around.rows:
        return
    hosted = around.losses(competition["model_column"]) * around.weights
    gains = {name: hosted - around.losses(name) * around.weights for name in candidates}
    sizes = Sizes.of(competition, around.splits)
    routes = [
        _best_route(group, gains) for group in plain_groups(around.rows, around.columns, around.weights, sizes=sizes)
    ]
    worthwhile = sorted((route for route in routes if route.gain > 0), key=lambda route: -route.gain)
    columns = {route.group.predicate(): route.column for route in worthwhile}
    for group in _spread([route.group for route in worthwhile]):
        predicate = group.predicate()
        yield {"title": group.words(), "predicate": predicate, "patch_column": columns[predicate]}


@dataclass(frozen=True)
class Route:
    """A group, the system that does best on it in public, and by how much loss it beats the hosted one."""

    group: Group
    column: str
    gain: float


def _best_route(group: Group, gains: dict[str, Floats]) -> Route:
    totals = {name: float(gain[group.mask].sum()) for name, gain in gains.items()}
    column = max(totals, key=lambda name: totals[name])
    return Route(group, column, totals[column])


def _spread(groups: list[Group]) -> list[Group]:
    """The same groups, in their order, but first those that the ones before them leave enough new rows."""
    chosen: list[Group] = []
    covered: list[Group] = []
    for group in groups:
        seen = np.any([other.mask for other in chosen], axis=0) if chosen else np.zeros_like(group.mask)
        fresh = (group.mask & seen).sum() <= OVERLAP * group.mask.sum()
        (chosen if fresh else covered).append(group)
    return chosen + covered
