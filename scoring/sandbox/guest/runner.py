"""One job: the entrant's source, compiled, called and asked for one answer a row. Everything here can be subverted by
that source, which then forges its own answer and nothing else; the walls stand outside this module."""

import functools
import os
import random
import sys
from collections.abc import Callable
from types import CodeType, FrameType, TracebackType
from typing import Final, NoReturn

import numpy as np
import pandas as pd

from scoring.sandbox.guest.answers import InvalidOutputError, class_codes, mask_of, reals_of, records
from scoring.sandbox.guest.features import InvalidModelError
from scoring.sandbox.guest.model import answer_of_model
from scoring.sandbox.protocol import RESULT_FD, Answer, Form, Job, Work, pack_answer, pack_word
from scoring.sandbox.verdicts import SandboxVerdict

SOURCE_NAME: Final = "<submission>"
_one_dimension = mask_of  # its name in the attack corpus, which replaces it

# What cannot succeed, and would end in a bare kill: said in words first. A courtesy; the kernel filter is the wall.
HOPELESS: Final = ("socket.__new__", "subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn",
                   "os.system", "os.kill", "os.killpg")  # fmt: skip
OUT_OF_MEMORY: Final = pack_word(SandboxVerdict.MEMORY_LIMIT)
NO_TEXT: Final = "(its text could not be made)"


class NotPythonError(Exception):
    """The source does not compile; ``line`` is where."""

    def __init__(self, text: str, line: int | None) -> None:
        super().__init__(text)
        self.line = line


class MissingFunctionError(Exception):
    """The source does not define what is asked for."""


Function = Callable[..., object]
Given = tuple[pd.DataFrame, pd.DataFrame | None, "pd.Series | None"]  # rows to answer for; public rows; their labels


def run(job: Job, source: bytes, given: Given) -> NoReturn:
    """Runs the job in this process, which is already confined, and ends it."""
    ballast = take_ballast()
    hidden = job.hidden
    sys.addaudithook(lambda event, _: _say_hopeless(event, hidden=hidden))
    try:
        frame = _attempt(job, source, given, ballast)
    except MemoryError:
        frame = OUT_OF_MEMORY
    _send(frame)


@functools.cache
def take_ballast() -> list[bytearray]:
    """A MiB to be given back when memory runs out, so that it can still be said; taken before there is a limit."""
    return [bytearray(1 << 20)]


def _attempt(job: Job, source: bytes, given: Given, ballast: list[bytearray]) -> bytes:
    try:
        if job.form is Form.ONNX:
            return pack_answer(job.work, answer_of_model(job, source, given[0]))
        return pack_answer(job.work, answer(job, compile_source(source), given))
    except MemoryError as error:
        line = _line(error.__traceback__)
        error.__traceback__ = None  # and with it all that the entrant's frames hold
        ballast.clear()
        return _word(job, SandboxVerdict.MEMORY_LIMIT, "MemoryError", line)
    except BaseException as error:  # noqa: BLE001 - the boundary: whatever strangers' code raises becomes a verdict
        return _word_on(job, error)


def _word_on(job: Job, error: BaseException) -> bytes:
    """The word on an error, which may itself raise whatever it likes when it is looked at."""
    try:
        line = error.line if isinstance(error, NotPythonError) else _line(error.__traceback__)
        return _word(job, _verdict(error), _describe(error), line)
    except MemoryError:
        raise
    except BaseException:  # noqa: BLE001 - as above
        return _word(job, SandboxVerdict.RUNTIME_ERROR, NO_TEXT, None)


def _verdict(error: BaseException) -> SandboxVerdict:
    kinds = {
        NotPythonError: SandboxVerdict.SYNTAX_ERROR,
        MissingFunctionError: SandboxVerdict.MISSING_FUNCTION,
        InvalidOutputError: SandboxVerdict.INVALID_OUTPUT,
        InvalidModelError: SandboxVerdict.INVALID_MODEL,
        SystemExit: SandboxVerdict.EXITED,
    }
    # the type, for an object may lie about its class
    return next((kinds[kind] for kind in kinds if issubclass(type(error), kind)), SandboxVerdict.RUNTIME_ERROR)


def compile_source(source: bytes) -> CodeType:
    try:
        return compile(source, SOURCE_NAME, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, OverflowError) as error:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        raise NotPythonError(text, getattr(error, "lineno", None)) from None


def answer(job: Job, code: CodeType, given: Given) -> Answer:
    random.seed(job.seed)
    np.random.seed(job.seed % 2**32)  # entrants use it, and a refit must repeat
    names: dict[str, object] = {"__name__": "submission", "__file__": SOURCE_NAME}
    exec(code, names)
    frame, train, labels = given
    if job.work is Work.GROUP:
        return _group(names, frame)
    fit, predict = _function(names, "fit"), _function(names, "predict")
    n, index = len(frame), frame.index
    predictions = predict(fit(train, labels), frame)
    if job.work is Work.REAL:
        return reals_of(predictions, n, index, "predict")
    return class_codes(predictions, n, index, job.classes)


def _group(names: dict[str, object], frame: pd.DataFrame) -> Answer:
    """``group_row(row)``, or ``group`` whose one parameter is called ``row``, once a row; else ``group(X)`` once."""
    n, index = len(frame), frame.index
    by_row = "group" not in names and "group_row" in names
    name = "group_row" if by_row else "group"
    group = _function(names, name)
    by_row = by_row or _only_parameter(group) == "row"
    value = [group(row) for row in records(frame)] if by_row else group(frame)
    return _one_dimension(value, n, index, name)


def _function(names: dict[str, object], name: str) -> Function:
    function = names.get(name)
    if not callable(function):
        raise MissingFunctionError(f"the source must define a function called {name}")
    return function


def _only_parameter(function: Function) -> str | None:
    code = getattr(function, "__code__", None)
    return code.co_varnames[0] if isinstance(code, CodeType) and code.co_argcount == 1 else None


def _describe(error: BaseException) -> str:
    """The last line of a traceback. Made in hidden runs too, where it is dropped, so that both go the same way."""
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - the entrant's own __str__ may raise anything
        text = NO_TEXT
    if isinstance(error, NotPythonError | MissingFunctionError | InvalidOutputError | InvalidModelError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _word(job: Job, verdict: SandboxVerdict, message: str, line: int | None) -> bytes:
    return pack_word(verdict) if job.hidden else pack_word(verdict, message, line)


def _line(traceback: TracebackType | None) -> int | None:
    """The number of the last line of the entrant's own that the error passed through."""
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == SOURCE_NAME:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _say_hopeless(event: str, *, hidden: bool) -> None:
    if event not in HOPELESS:
        return
    caller: FrameType | None = sys._getframe()
    while caller is not None and caller.f_code.co_filename != SOURCE_NAME:
        caller = caller.f_back
    line = caller.f_lineno if caller else None
    message = f"{event.removesuffix('.__new__')} is not allowed in the sandbox"
    _send(pack_word(SandboxVerdict.FORBIDDEN_SYSCALL, "" if hidden else message, None if hidden else line))


def _send(frame: bytes) -> NoReturn:
    """Writes the frame and ends the process at once: no destructor of the entrant's runs after it."""
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 - an entrant may have replaced contextlib's
            stream.flush()
        except BaseException:  # noqa: BLE001 - closed or replaced: the log's loss, not the answer's
            pass
    try:
        view = memoryview(frame)
        while view:
            view = view[os.write(RESULT_FD, view) :]
    except BaseException:  # noqa: BLE001 - the entrant closed or replaced something: no answer is EXITED
        os._exit(1)
    os._exit(0)
