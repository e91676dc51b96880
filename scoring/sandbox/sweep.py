"""Tries every system call from inside a box, by its number, and says what happened to each.

All arguments are -1: no file, no process, no address, so that a call that is allowed does nothing.
"""

import errno
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from scoring.sandbox.errors import BoxError
from scoring.sandbox.host import Box
from scoring.sandbox.policy import ALLOW, KILL, REFUSE, RULES, UNFILTERED, X32_BIT
from scoring.sandbox.runs import run_group
from scoring.sandbox.verdicts import SandboxVerdict
from scoring.tables import NumberColumn, Table

NATIVE: Final = range(1024)
X32: Final = range(X32_BIT, X32_BIT + 548)
DONE: Final = "done"
KILLED: Final = "killed"
CRASHED: Final = "crashes the process"
NEEDS_A_COMMAND: Final = ("futex",)  # an allowed call that itself answers "no such call" to a command of -1
ENDED: Final = {
    SandboxVerdict.FORBIDDEN_SYSCALL: KILLED,
    SandboxVerdict.EXITED: "ends the process",
    SandboxVerdict.CRASHED: CRASHED,
}
NAMES: Final = {
    number: name
    for name, number in (
        *ALLOW.items(), *KILL.items(), *UNFILTERED.items(),
        *((name, number) for table in (RULES, REFUSE) for name, (number, _) in table.items()),
    )
}  # fmt: skip

# A line a call: its number before, its answer after. A line without an answer is the call that ended the job.
SOURCE: Final = """
import ctypes, os
call = ctypes.CDLL(None, use_errno=True).syscall
call.restype = ctypes.c_long
nothing = [ctypes.c_long(-1)] * 6
def group(X):
    for number in {numbers}:
        os.write(1, b"%d " % number)
        ctypes.set_errno(0)
        failed = call(ctypes.c_long(number), *nothing) == -1
        os.write(1, b"%d\\n" % (ctypes.get_errno() if failed else 0))
    return X["f0"] > 0
"""


def sweep(box: Box, numbers: Iterable[int] = NATIVE) -> dict[int, str]:
    """By number: ``done``, the name of an error, ``killed``, or what else it did to the process."""
    left, found = list(numbers), {}
    table = Table((NumberColumn("f0", np.zeros(1)),), 1)
    while left:
        run = run_group(box, SOURCE.format(numbers=left).encode(), table, hidden=False)
        lines = [line.split() for line in run.log.splitlines()]
        for line in lines:
            found[int(line[0])] = _answer(int(line[1])) if len(line) == 2 else ENDED[run.verdict]
        if not lines:
            raise BoxError(f"the sweep did not begin: {run.verdict} {run.message}")
        left = left[len(lines) :]
    return found


def _answer(error: int) -> str:
    return errno.errorcode.get(error, str(error)) if error else DONE


def policy_on(number: int) -> str:
    """What the policy says of a call, in a few words."""
    name = NAMES.get(number, "")
    if number >= X32_BIT or name in KILL:
        return "kills"
    if name in ALLOW:
        return "allowed"
    if name in RULES:
        return "allowed with some arguments"
    if name in UNFILTERED:
        return "beyond any filter"
    return "refused" if name in REFUSE else "no such call"


def strays(found: dict[int, str]) -> Iterator[str]:
    """Each call to which something else happened than the policy says."""
    for number, answer in found.items():
        if not _agrees(number, answer):
            yield f"{NAMES.get(number, number)}: {policy_on(number)}, but {answer}"


def _agrees(number: int, answer: str) -> bool:
    policy, name = policy_on(number), NAMES.get(number, "")
    if policy == "allowed":
        return answer != KILLED and (answer != "ENOSYS" or name in NEEDS_A_COMMAND)
    if policy == "beyond any filter":
        return answer in {"ENOSYS", "ENXIO", CRASHED}
    # an argument of -1 passes none of the rules
    error = RULES[name][1].error if name in RULES else REFUSE[name][1] if name in REFUSE else errno.ENOSYS
    return answer == (KILLED if policy == "kills" or error is None else errno.errorcode[error])


def as_html(found: dict[int, str]) -> str:
    """The rows of the documentation's table: every call that the policy names, then all others in one."""
    named = sorted((number for number in found if number in NAMES), key=lambda number: (policy_on(number), number))
    rows = [(NAMES[number], str(number), policy_on(number), found[number]) for number in named]
    others = {found[number] for number in found if number not in NAMES and number < X32_BIT}
    rows.append(("all others", f"0 to {max(NATIVE)}", policy_on(max(NATIVE)), ", ".join(sorted(others))))
    x32 = {found[number] for number in found if number >= X32_BIT}
    rows.append(("x32 interface", f"0x{X32_BIT:x} and up", policy_on(X32_BIT), ", ".join(sorted(x32))))
    cells = "\n".join(
        f'<tr><th scope="row"><code>{name}</code></th><td>{number}</td><td>{policy}</td><td>{answer}</td></tr>'
        for name, number, policy, answer in rows
    )
    return f"{{# made by python -m scoring.sandbox sweep --html #}}\n{cells}\n"
