"""This worker process's box: one, warm, made anew on any doubt."""

from typing import Final

from scoring.sandbox import Box, Probe, probe

_box: Box | None = None
_probe: Probe | None = None
WAITS: Final = "This server cannot run Python submissions yet ({reason}). It will be judged as soon as it can."


class NoBox(Exception):
    """No allowed sandbox layer works here: Python submissions wait, and are told why."""


def probed() -> Probe:
    """What this machine can do; tried until it can, because what is missing may be installed while we run."""
    global _probe  # noqa: PLW0603  one box a process is the design
    if _probe is None or not _probe.ok:
        _probe = probe()
    return _probe


def box() -> Box:
    """The warm box. Raises ``NoBox`` where none can be made."""
    global _box  # noqa: PLW0603
    if not probed().ok:
        raise NoBox("; ".join(probed().reasons))
    if _box is None or not _box.alive:
        close()
        _box = Box.start()
    return _box


def warm() -> None:
    """Make the box before the first task, so that nobody's submission waits for it."""
    if probed().ok:
        box()


def close() -> None:
    global _box  # noqa: PLW0603
    if _box is not None:
        _box.close()
    _box = None
