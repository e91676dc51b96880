"""Timing of two ways side by side: in turn, in one run, so that a drifting machine drifts under both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Timed = Callable[[], float]  # does it once and says how many seconds it took


@dataclass(frozen=True)
class Row:
    """One comparison: medians in seconds, and how many times faster ours is than the peer. Where the aim is a time,
    the peer is that time."""

    operation: str
    size: str
    ours_s: float
    peer: str
    peer_s: float
    aim: float

    @property
    def ratio(self) -> float:
        return self.peer_s / self.ours_s

    @property
    def reached(self) -> bool:
        return self.ratio >= self.aim

    def to_json(self) -> dict[str, object]:
        return {
            "operation": self.operation,
            "size": self.size,
            "ours": self.ours_s,
            "peer": self.peer_s,
            "ratio": self.ratio,
            "peer_name": self.peer,
            "aim": self.aim,
            "reached": self.reached,
        }

    def __str__(self) -> str:
        mark = "reached" if self.reached else "MISSED"
        return (
            f"{self.operation:44} {self.size:26} {seconds(self.ours_s):>10} "
            f"{self.peer:34} {seconds(self.peer_s):>10} {self.ratio:>11,.2f}x  aim {self.aim:,g}x {mark}"
        )


def alternate(
    ours: Callable[[], object], peer: Callable[[], object], *, runs: int = 7, repeat_ours: int = 1
) -> tuple[float, float]:
    """Median seconds of each, run in turn after one warm-up. A very quick ``ours`` is repeated within a run."""
    ours(), peer()
    times = in_turn(timed(ours, repeat_ours), timed(peer), runs=runs)
    return times[0], times[1]


def in_turn(*ways: Timed, runs: int = 7) -> list[float]:
    """Median seconds of each way, taken in turn; what they need to be warm has happened."""
    times = [[way() for way in ways] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def timed(call: Callable[[], object], repeat: int = 1) -> Timed:
    def measure() -> float:
        start = time.perf_counter()
        for _ in range(repeat):
            call()
        return (time.perf_counter() - start) / repeat

    return measure


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
