"""What this machine can do, found by trying."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.sandbox.errors import BoxError
from scoring.sandbox.guest.confine import landlock_version
from scoring.sandbox.host import Box
from scoring.sandbox.layers import Layer
from scoring.sandbox.runs import run_group
from scoring.sandbox.verdicts import SandboxVerdict
from scoring.tables import NumberColumn, Table

# What each wall must do; a job that does it must end in that verdict.
TRIALS: Final = (
    ("a good job runs", b"def group(X): return X['f0'] > 1", SandboxVerdict.OK),
    ("a thread can be started", b"import threading\ndef group(X):\n t = threading.Thread(target=int)\n t.start()\n"
     b" t.join()\n return X['f0'] > 1", SandboxVerdict.OK),
    ("a forbidden call is stopped", b"import ctypes\ndef group(X): ctypes.CDLL(None).syscall(41, 2, 1, 0)",
     SandboxVerdict.FORBIDDEN_SYSCALL),
    ("no file can be made", b"def group(X): open('/made', 'w')", SandboxVerdict.RUNTIME_ERROR),
    ("the machine's files are not there", b"def group(X): open('/proc/self/status')", SandboxVerdict.RUNTIME_ERROR),
)  # fmt: skip


@dataclass(frozen=True)
class Probe:
    """Whether ``layer`` works here; ``reasons`` say in plain sentences why not, or what is missing all the same."""

    layer: Layer
    ok: bool
    reasons: list[str]


def probe(layer: Layer = Layer.BWRAP) -> Probe:
    """Starts a box and tries each wall: seconds, so ask once a process."""
    table = Table((NumberColumn("f0", np.arange(4.0)),), 4)
    try:
        with Box.start(layer=layer) as box:
            runs = [(claim, run_group(box, source, table, hidden=False), wanted) for claim, source, wanted in TRIALS]
    except BoxError as error:
        return Probe(layer, False, [str(error)])
    reasons = [f"{claim}: {run.verdict} {run.message}".strip() for claim, run, wanted in runs if run.verdict != wanted]
    if not reasons and not landlock_version():
        return Probe(layer, True, ["this kernel has no Landlock: the read-only root alone keeps files away"])
    return Probe(layer, not reasons, reasons)
