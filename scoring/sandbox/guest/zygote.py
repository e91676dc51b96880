"""The waiting interpreter: libraries loaded, no data, one forked job at a time. Started inside the box by the layer.

The process of the next job is forked while the present one runs, and waits without data until it is given its own.

It holds one end of the control socket. When the other end closes, whoever asked is gone: it kills its job and ends,
and with it, as the first process of its namespace, everything in the box.
"""

import fcntl
import gc
import importlib
import os
import platform
import select
import signal
import socket
import sys
from typing import Final, NoReturn

import numpy as np
import pandas as pd

from scoring.sandbox import guest
from scoring.sandbox.encoding import map_table, seal_table
from scoring.sandbox.guest import runner
from scoring.sandbox.guest.confine import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, control, forbid, open_ruleset, set_limits
from scoring.sandbox.guest.filter import compile_filter
from scoring.sandbox.guest.inbox import Inbox
from scoring.sandbox.guest.model import load_runtime
from scoring.sandbox.guest.relay import relay
from scoring.sandbox.guest.spare import Spare
from scoring.sandbox.policy import ENVIRONMENT
from scoring.sandbox.protocol import (
    LABELS_FD,
    LANDLOCK_NEEDED,
    LEARNED,
    READY,
    RESULT_FD,
    SOURCE_FD,
    STOP,
    TABLE_FD,
    TRAIN_FD,
    Ended,
    Form,
    Job,
    Work,
    pack_answer,
)
from scoring.tables import Column, NumberColumn, Table, TextColumn

LEARNING: Final = (
    "scipy.sparse", "scipy.stats", "sklearn.calibration", "sklearn.cluster", "sklearn.compose",
    "sklearn.decomposition", "sklearn.discriminant_analysis", "sklearn.dummy", "sklearn.ensemble",
    "sklearn.feature_extraction.text", "sklearn.impute", "sklearn.isotonic", "sklearn.linear_model",
    "sklearn.metrics", "sklearn.model_selection", "sklearn.naive_bayes", "sklearn.neighbors",
    "sklearn.neural_network", "sklearn.pipeline", "sklearn.preprocessing", "sklearn.svm", "sklearn.tree",
)  # fmt: skip
READY_FD: Final = 8
RULESET_FD: Final = 9
FIRST_FREE_FD: Final = 32
# where the descriptors of a request go, in the order in which they are sent; a group has no public rows and labels
PLACES: Final = (0, 1, RESULT_FD, READY_FD, TABLE_FD, SOURCE_FD, TRAIN_FD, LABELS_FD)
LOOK_EVERY_MS: Final = 2  # for the job's end, where it cannot be waited for together with an order

PRACTICE: Final = Job(Work.GROUP, hidden=True, seed=0, cpu_s=1, memory_bytes=0, files=0, threads=0)
PRACTICE_SOURCE: Final = b"def group(X):\n    return (X['number'] > 0) & (X['count'] < 2) & (X['word'] == 'a')\n"


def main() -> None:
    """Arguments: the descriptor of the control socket, whether Landlock is needed or welcome, what jobs may read."""
    control_fd, landlock, *readable = sys.argv[1:]
    preload()
    wait(socket.socket(fileno=int(control_fd)), landlock, readable)


def wait(channel: socket.socket, landlock: str, readable: list[str]) -> None:
    """Says that it is ready, and serves until the other end closes."""
    ruleset = open_ruleset(tuple(readable))
    if ruleset is None and landlock == LANDLOCK_NEEDED:
        sys.exit("this kernel has no Landlock, which this layer cannot do without")
    learned = _fork_learned(channel, ruleset)
    _serve_all(channel, ruleset, learned)


def _fork_learned(channel: socket.socket, ruleset: int | None) -> socket.socket:
    """Starts the second interpreter, and waits until it is ready."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        ours.close()
        channel.close()
        control(PR_SET_PDEATHSIG, signal.SIGKILL)  # the first has one thread, so it is the process that is followed
        for name in LEARNING:
            importlib.import_module(name)
        _settle()
        _serve_all(theirs, ruleset, None)
        sys.exit(0)
    theirs.close()
    if ours.recv(len(READY)) != READY:
        sys.exit(1)  # it has said why
    return ours


def _serve_all(channel: socket.socket, ruleset: int | None, learned: socket.socket | None) -> None:
    spare, inbox = _fork_ahead(ruleset), Inbox()
    channel.send(READY)
    while True:
        fds = inbox.receive(channel)
        if not inbox.request:
            return
        if inbox.starts(STOP):  # it came too late for its job
            pass
        elif learned is not None and inbox.starts(LEARNED):
            relay(channel, learned, inbox, fds)
        else:
            spare = _serve(channel, inbox, fds, spare, ruleset)
        for fd in fds:
            os.close(fd)


def _fork_ahead(ruleset: int | None) -> Spare:
    def begin(job: Job, fds: list[int]) -> NoReturn:
        _become_job(job, fds, ruleset)

    return Spare(_practise, begin, keep=() if ruleset is None else (ruleset,))


def _practise() -> None:
    """A small job on made-up rows, by the code that every job runs: its pages are the process's own afterwards."""
    compile_filter(os.getpid())
    runner.take_ballast()
    columns = (NumberColumn("number", np.arange(3.0)), NumberColumn("count", np.arange(3)))
    file = seal_table(Table((*columns, TextColumn("word", np.array([0, 1, -1], dtype=np.int32), ("a", "b"))), 3))
    given = _frame(map_table(file)), None, None
    os.close(file)
    pack_answer(Work.GROUP, runner.answer(PRACTICE, runner.compile_source(PRACTICE_SOURCE), given))


def preload() -> None:
    """Makes the process what every job is to begin as."""
    # the attack corpus knows the hostile side under its first name
    sys.modules["bbsandbox"], sys.modules["bbsandbox.runner"] = guest, runner
    # asked for by libraries, and the call behind it is refused to jobs: answer without naming the host
    machine = platform.uname_result("Linux", "box", "", "", "x86_64")
    vars(machine)["processor"] = "x86_64"
    setattr(platform, "_uname_cache", machine)  # noqa: B010 - not a name that the type stubs know
    for name in set(os.environ) - set(ENVIRONMENT):  # what bubblewrap and libraries have added
        del os.environ[name]
    control(PR_SET_DUMPABLE, 0)
    _practise()
    _settle()


def _settle() -> None:
    gc.collect()
    gc.freeze()  # jobs' collections need not touch, and so copy, the pages of the libraries


def _serve(channel: socket.socket, inbox: Inbox, fds: list[int], spare: Spare, ruleset: int | None) -> Spare:
    """Gives the job to the spare, waits for its end or for the order to end it, and reports. Returns the next spare."""
    pid = _give(inbox.request, fds, spare, ruleset)
    inbox.wipe()  # before the next fork
    while fds:  # the reader of the result must see it end when the job does
        os.close(fds.pop())
    following = _fork_ahead(ruleset)
    handle = _open_process(pid)
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    if handle is not None:
        poll.register(handle, select.POLLIN)
    gone = False
    while not (ended := os.wait4(pid, os.WNOHANG))[0]:
        if channel.fileno() in {fd for fd, _ in poll.poll(None if handle is not None else LOOK_EVERY_MS)}:
            gone = not channel.recv(len(STOP))
            os.kill(pid, signal.SIGKILL)  # the process is our own child and not yet waited for: it is no other
            poll.unregister(channel)
    if handle is not None:
        os.close(handle)
    _, status, usage = ended
    if gone:
        sys.exit(0)
    channel.send(Ended(status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024).to_bytes())
    return following


def _give(request: memoryview, fds: list[int], spare: Spare, ruleset: int | None) -> int:
    """The process that has the job; one that was killed while it waited is replaced, once."""
    try:
        spare.give(request, fds)
    except OSError:
        os.kill(spare.pid, signal.SIGKILL)  # it may live all the same, and would be waited for without end
        os.waitpid(spare.pid, 0)
        spare = _fork_ahead(ruleset)
        spare.give(request, fds)
    return spare.pid


def _open_process(pid: int) -> int | None:
    """A handle that turns readable when the process ends; None where the kernel, as gVisor's, has no such thing."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def _become_job(job: Job, fds: list[int], ruleset: int | None) -> NoReturn:
    """The child: takes its descriptors, reads its table, locks itself in, says so, and only then meets the source."""
    try:
        _place_descriptors(fds, ruleset)
        given = _read_given(job)
        source = os.pread(SOURCE_FD, os.fstat(SOURCE_FD).st_size, 0)
        set_limits(cpu_s=job.cpu_s, memory_bytes=job.memory_bytes, files=job.files, threads=job.threads)
        forbid(None if ruleset is None else RULESET_FD)
        if job.form is Form.ONNX:
            load_runtime()
        os.write(READY_FD, READY)
    except BaseException as error:  # noqa: BLE001 - nothing of the entrant's has run: the platform's fault, and said so
        os.write(READY_FD, f"{type(error).__name__}: {error}".encode()[:200])
        os._exit(1)
    os.close(READY_FD)
    try:
        runner.run(job, source, given)
    finally:
        os._exit(1)  # whatever the entrant has broken, nothing unwinds from here into the waiting interpreter's code


def _place_descriptors(fds: list[int], ruleset: int | None) -> None:
    """Moves what was sent to its fixed places, and closes everything else that the zygote had."""
    sent = dict(zip(PLACES, fds, strict=False))
    if ruleset is not None:
        sent[RULESET_FD] = ruleset
    lifted = {place: fcntl.fcntl(fd, fcntl.F_DUPFD, FIRST_FREE_FD) for place, fd in sent.items()}
    os.closerange(0, FIRST_FREE_FD)
    for place, fd in lifted.items():
        os.dup2(fd, place)
    os.dup2(1, 2)
    os.closerange(FIRST_FREE_FD, 1 << 16)


def _read_given(job: Job) -> runner.Given:
    frame = _frame(map_table(TABLE_FD))
    if job.work is Work.GROUP or job.form is Form.ONNX:
        return frame, None, None
    labels = next(iter(map_table(LABELS_FD)))
    return frame, _frame(map_table(TRAIN_FD)), labels.to_series()


def _frame(table: Table) -> pd.DataFrame:
    """As ``Table.to_frame``, on the mapped memory itself: what a job does not write to is never copied."""
    columns = {column.name: _series(column) for column in table}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.n_rows), copy=False)


def _series(column: Column) -> "pd.Series":
    return column.to_series() if isinstance(column, TextColumn) else pd.Series(column.values, copy=False)


if __name__ == "__main__":
    main()
