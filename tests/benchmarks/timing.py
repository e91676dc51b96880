"""Timing of two ways side by side: in turn, in one run, so that a drifting machine drifts under both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """One comparison: medians in seconds, and how many times faster ours is than the peer."""

    operation: str
    size: str
    ours_s: float
    peer: str
    peer_s: float
    aim: float

    @property
    def ratio(self) -> float:
        return self.peer_s / self.ours_s

    def to_json(self) -> dict[str, object]:
        return asdict(self) | {"ratio": self.ratio, "reached": self.ratio >= self.aim}

    def __str__(self) -> str:
        mark = "reached" if self.ratio >= self.aim else "MISSED"
        return (
            f"{self.operation:44} {self.size:26} {seconds(self.ours_s):>10} "
            f"{self.peer:30} {seconds(self.peer_s):>10} {self.ratio:>10,.1f}x  aim {self.aim:g}x {mark}"
        )


def alternate(
    ours: Callable[[], object], peer: Callable[[], object], *, runs: int = 7, repeat_ours: int = 1
) -> tuple[float, float]:
    """Median seconds of each, run in turn after one warm-up. A very quick ``ours`` is repeated within a run."""
    ours(), peer()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        times[0].append(_time(ours, repeat_ours))
        times[1].append(_time(peer, 1))
    return statistics.median(times[0]), statistics.median(times[1])


def _time(call: Callable[[], object], repeat: int) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - start) / repeat


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
