"""One job on its way: sent, begun, read, ended, judged.

What is believed, in this order: what the trusted side itself did (it killed the job), the kernel (how the job's process
ended), the frame's shape, and of its content only that it is the job's own answer.
"""

import contextlib
import os
import selectors
import signal
import time
from dataclasses import dataclass
from typing import Final

from scoring.sandbox.encoding import reopen, seal_bytes
from scoring.sandbox.errors import BoxError
from scoring.sandbox.limits import Limits
from scoring.sandbox.pipes import CHUNK_BYTES, Pipe
from scoring.sandbox.process import BoxProcess
from scoring.sandbox.protocol import READY, STOP, Answer, Ended, Expected, Form, Job, Word, parse, readable
from scoring.sandbox.verdicts import SandboxVerdict

BEGIN_S: Final = 10.0  # for the box to begin a job
GRACE_S: Final = 5.0  # for the box to report the end of a job that was killed
MAX_COMPLAINT_BYTES: Final = 200


@dataclass(frozen=True)
class Outcome:
    """How one job ended. ``message``, ``log`` and ``line`` are empty for a hidden run."""

    verdict: SandboxVerdict
    duration_s: float
    answer: Answer | None = None
    message: str = ""
    log: str = ""
    line: int | None = None


class Course:
    """What is known of one job, and what that comes to; the same whichever way the job was sent."""

    def __init__(self, job: Job, expected: Expected, limits: Limits) -> None:
        self._job, self._expected, self._limits = job, expected, limits
        self._killed_for: SandboxVerdict | None = None
        self._ended: Ended | None = None
        self._began = 0.0

    @property
    def _keeps_log(self) -> bool:
        """In a hidden run not one byte of it comes out; and what a model's runtime says is not the entrant's."""
        return not self._job.hidden and self._job.form is not Form.ONNX

    def _judge(self, result: Pipe, log: Pipe) -> Outcome:
        duration_s = time.monotonic() - self._began
        text = "" if self._job.hidden else readable(bytes(log.data[: log.limit]))
        verdict = self._by_our_hand() or self._by_status()
        if verdict is not None:
            return Outcome(verdict, duration_s, message=self._name_signal(verdict), log=text)
        parsed = parse(bytes(result.data), self._expected)
        if parsed is None:
            wrong = SandboxVerdict.INVALID_OUTPUT if result.data else SandboxVerdict.EXITED
            return Outcome(wrong, duration_s, log=text)
        if isinstance(parsed, Word):
            return Outcome(parsed.verdict, duration_s, None, parsed.message, text, parsed.line)
        return Outcome(SandboxVerdict.OK, duration_s, parsed, log=text)

    def _by_our_hand(self) -> SandboxVerdict | None:
        """What the job was killed for; on a busy machine the clock may find it before the kernel's own count does."""
        spent = self._ended is not None and self._ended.cpu_s >= self._job.cpu_s
        late = self._killed_for is SandboxVerdict.TIMEOUT
        return SandboxVerdict.CPU_LIMIT if late and spent else self._killed_for

    def _by_status(self) -> SandboxVerdict | None:
        """What the kernel says of the job's end; None when it ended in good order."""
        ended = self._ended
        if ended is None:
            raise BoxError("the box did not say how the job ended")
        if not os.WIFSIGNALED(ended.status):
            return None if os.waitstatus_to_exitcode(ended.status) == 0 else SandboxVerdict.EXITED
        number = os.WTERMSIG(ended.status)
        if number == signal.SIGSYS:
            return SandboxVerdict.FORBIDDEN_SYSCALL
        # a job that ignores the warning at its limit is killed a second later
        if number == signal.SIGXCPU or (number == signal.SIGKILL and ended.cpu_s >= self._job.cpu_s):
            return SandboxVerdict.CPU_LIMIT
        return SandboxVerdict.CRASHED

    def _name_signal(self, verdict: SandboxVerdict) -> str:
        """For a crash in a public run: which signal ended the process."""
        if verdict is not SandboxVerdict.CRASHED or self._job.hidden or self._ended is None:
            return ""
        number = os.WTERMSIG(self._ended.status)
        known = number in {known.value for known in signal.Signals}
        return f"the process was ended by {signal.Signals(number).name if known else f'signal {number}'}"


class Attempt(Course):
    """One job in one box. Raises BoxError or OSError when the box is in doubt."""

    def __init__(self, process: BoxProcess, job: Job, expected: Expected, limits: Limits) -> None:
        super().__init__(job, expected, limits)
        self._process = process
        self._deadline = 0.0

    def run(self, source: bytes, tables: list[int]) -> Outcome:
        """``tables``: sealed files of the rows to answer for, then of public rows and labels for a patch."""
        with contextlib.ExitStack() as kept:
            result, log, ready = self._send(source, tables, kept)
            self._follow(result, log, ready)
        return self._judge(result, log)

    def _send(self, source: bytes, tables: list[int], kept: contextlib.ExitStack) -> tuple[Pipe, Pipe, Pipe]:
        """Gives the job fresh descriptors of everything; keeps the reading ends of its three pipes."""
        limits = (self._expected.max_bytes, self._limits.log_bytes, MAX_COMPLAINT_BYTES)
        with contextlib.ExitStack() as lent:
            pipes, writing = [], []
            for limit in limits:
                out, into = os.pipe2(os.O_CLOEXEC)
                pipes.append(Pipe(_owned(out, kept), limit))
                writing.append(_owned(into, lent))
            silence = _owned(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), lent)
            void = _owned(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), lent)
            result, log, ready = writing
            sealed = [tables[0], _owned(seal_bytes(source), lent), *tables[1:]]
            files = [_owned(reopen(file), lent) for file in sealed]
            said = log if self._keeps_log else void
            self._process.send(self._job.to_bytes(), [silence, said, result, ready, *files])
        return pipes[0], pipes[1], pipes[2]

    def _follow(self, result: Pipe, log: Pipe, ready: Pipe) -> None:
        """Reads until the job has ended and its pipes are empty; kills it when it passes a limit."""
        self._deadline = time.monotonic() + BEGIN_S
        channel = self._process.channel
        with selectors.DefaultSelector() as selector:
            for pipe in (result, log, ready):
                selector.register(pipe.file, selectors.EVENT_READ, pipe)
            selector.register(channel, selectors.EVENT_READ)
            while selector.get_map():
                events = selector.select(max(0.0, self._deadline - time.monotonic()))
                if not events:
                    self._pass_deadline()
                for key, _ in events:
                    pipe = key.data
                    if pipe is None:
                        self._hear_end()
                        selector.unregister(channel)
                    elif not pipe.read():
                        selector.unregister(pipe.file)
                        self._close_pipe(pipe, is_ready=pipe is ready)

    def _close_pipe(self, pipe: Pipe, *, is_ready: bool) -> None:
        if is_ready:
            # written and closed before the entrant's code began: only the platform's own code could fail until here
            if bytes(pipe.data) != READY:
                raise BoxError(f"the job did not begin: {readable(bytes(pipe.data))}")
            self._began = time.monotonic()
            self._deadline = self._began + self._limits.wall_s
        elif pipe.overflowed:
            self._kill(SandboxVerdict.OUTPUT_LIMIT)

    def _pass_deadline(self) -> None:
        if not self._began or self._ended or self._killed_for:
            raise BoxError("the box does not answer")
        self._kill(SandboxVerdict.TIMEOUT)

    def _kill(self, reason: SandboxVerdict) -> None:
        if self._killed_for is None:
            self._killed_for = reason
            self._deadline = time.monotonic() + GRACE_S
            if self._ended is None:
                self._process.send(STOP, [])

    def _hear_end(self) -> None:
        self._ended = Ended.from_bytes(self._process.channel.recv(CHUNK_BYTES))
        if self._ended is None:
            raise BoxError("the box ended")
        self._deadline = time.monotonic() + GRACE_S


def _owned(file: int, by: contextlib.ExitStack) -> int:
    by.callback(os.close, file)
    return file
