"""What can become of a job, whose doing it is, and the one sentence that says so."""

from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """Whose doing a verdict is: an entrant's costs quota, the platform's never does."""

    ENTRANT = "entrant"
    PLATFORM = "platform"


class SandboxVerdict(StrEnum):
    """The outcome of one run in the box."""

    OK = "OK"
    SYNTAX_ERROR = "SYNTAX_ERROR"
    MISSING_FUNCTION = "MISSING_FUNCTION"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    EXITED = "EXITED"
    CRASHED = "CRASHED"
    INVALID_OUTPUT = "INVALID_OUTPUT"
    NOT_ROWWISE = "NOT_ROWWISE"
    NOT_CHANCES = "NOT_CHANCES"
    INVALID_MODEL = "INVALID_MODEL"
    TIMEOUT = "TIMEOUT"
    CPU_LIMIT = "CPU_LIMIT"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    OUTPUT_LIMIT = "OUTPUT_LIMIT"
    FORBIDDEN_SYSCALL = "FORBIDDEN_SYSCALL"
    SANDBOX_ERROR = "SANDBOX_ERROR"

    @property
    def owner(self) -> Fault:
        """Only a failure of the box itself is the platform's."""
        return Fault.PLATFORM if self is SandboxVerdict.SANDBOX_ERROR else Fault.ENTRANT

    @property
    def sentence(self) -> str:
        """A fixed plain sentence: all that is ever told of a run on hidden rows."""
        return SENTENCES[self]


SENTENCES: Final[dict[SandboxVerdict, str]] = {
    SandboxVerdict.OK: "The code ran and answered for every row.",
    SandboxVerdict.SYNTAX_ERROR: "The source is not valid Python.",
    SandboxVerdict.MISSING_FUNCTION: "The source does not define the function that is asked for.",
    SandboxVerdict.RUNTIME_ERROR: "The code raised an exception.",
    SandboxVerdict.EXITED: "The code ended its process before it answered.",
    SandboxVerdict.CRASHED: "The code crashed its process.",
    SandboxVerdict.INVALID_OUTPUT: "The code returned something other than one valid answer for each row.",
    SandboxVerdict.NOT_ROWWISE: (
        "The answer for a row changed when other rows were left out or reordered: "
        "it must depend on that row alone and be the same every time."
    ),
    SandboxVerdict.NOT_CHANCES: (
        "A prediction is not a chance. Return the chance of the positive label, a number from 0 to 1, for each row."
    ),
    SandboxVerdict.INVALID_MODEL: "The model file could not be loaded or run.",
    SandboxVerdict.TIMEOUT: "The code took longer than the time allowed.",
    SandboxVerdict.CPU_LIMIT: "The code used more processor time than is allowed.",
    SandboxVerdict.MEMORY_LIMIT: "The code needed more memory than is allowed.",
    SandboxVerdict.OUTPUT_LIMIT: "The code wrote more output than is allowed.",
    SandboxVerdict.FORBIDDEN_SYSCALL: "The code tried something that is not allowed in the sandbox.",
    SandboxVerdict.SANDBOX_ERROR: "The sandbox itself failed; this is the platform's fault and costs nothing.",
}
