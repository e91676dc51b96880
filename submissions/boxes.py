"""This worker process's box: one, warm, made anew on any doubt."""

import time
from typing import Final

from scoring.sandbox import Box, BoxError, Probe, probe
from scoring.sandbox.layers import Layer, allowed_layer

_box: Box | None = None
_probe: Probe | None = None
_probed_at = 0.0
TRY_AGAIN_S: Final = 20.0  # a machine that cannot is not asked for each submission that waits
WAITS: Final = "This server cannot run Python submissions yet ({reason}). It will be judged as soon as it can."


class NoBox(Exception):
    """No allowed sandbox layer works here: Python submissions wait, and are told why."""


def probed() -> Probe:
    """What this machine can do behind the allowed layer; tried until it can, for what is missing may be installed."""
    global _probe, _probed_at  # one box a process is the design
    stale = time.monotonic() - _probed_at > TRY_AGAIN_S
    if _probe is None or (not _probe.ok and stale):
        _probe, _probed_at = _try(), time.monotonic()
    return _probe


def _try() -> Probe:
    try:
        return probe(allowed_layer())
    except BoxError as error:  # the setting names no layer: nothing is run, rather than behind another one
        return Probe(Layer.BWRAP, False, [str(error)])


def box() -> Box:
    """The warm box. Raises ``NoBox`` where none can be made."""
    global _box  # noqa: PLW0603
    if not probed().ok:
        raise NoBox("; ".join(probed().reasons))
    if _box is None or not _box.alive:
        close()
        try:
            _box = Box.start(layer=probed().layer)
        except BoxError as error:  # it could when it was tried; what is missing since then may come back
            _doubt(str(error))
            raise NoBox(str(error)) from error
    return _box


def _doubt(reason: str) -> None:
    global _probe, _probed_at
    _probe, _probed_at = Probe(probed().layer, False, [reason]), time.monotonic()


def warm() -> None:
    """Make the box before the first task, so that nobody's submission waits for it."""
    if probed().ok:
        box()


def close() -> None:
    global _box  # noqa: PLW0603
    if _box is not None:
        _box.close()
    _box = None
