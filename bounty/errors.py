"""The one family of errors: a stable code, one plain sentence, the numbers, and whose fault it is."""

from enum import StrEnum
from typing import ClassVar


class Fault(StrEnum):
    """Who must act for the thing to succeed."""

    ENTRANT = "entrant"
    ORGANISER = "organiser"
    PLATFORM = "platform"


class BountyError(Exception):
    """What is refused, and why. ``code`` is stable and documented; ``sentence`` tells the reader what to do.

    ``field`` names the input at fault; ``detail`` holds the numbers of the sentence (never a hidden row's).
    """

    status: ClassVar[int] = 400

    def __init__(
        self, code: str, sentence: str, *, fault: Fault = Fault.ENTRANT, field: str = "", **detail: object
    ) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.fault = fault
        self.field = field
        self.detail = detail


class Refused(BountyError):
    """The request is understood and not allowed in this state."""

    status = 409


class Invalid(BountyError):
    """The input itself is wrong."""

    status = 422


class NotAllowed(BountyError):
    """The person may not do this."""

    status = 403


class Changed(BountyError):
    """The request was made for a state that is no longer."""

    status = 412


class LimitReached(BountyError):
    """A quota is used up; ``detail`` says when it resets."""

    status = 429


class StaleWorker(BountyError):
    """A worker whose lease ran out tried to write; its result is thrown away."""

    def __init__(self, what: str) -> None:
        super().__init__("STALE_WORKER", f"Another worker has taken over {what}.", fault=Fault.PLATFORM)
