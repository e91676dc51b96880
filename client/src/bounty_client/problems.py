"""What can go wrong for a client, each with one plain sentence: refusals, silence, damage, and too long a wait."""

import dataclasses
from dataclasses import dataclass
from typing import Any


class ClientError(Exception):
    """Everything that the client raises on purpose."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class FieldError:
    """One input at fault: its dotted name, the code of the fault, and a sentence."""

    field: str
    code: str
    sentence: str


@dataclass(frozen=True)
class Refusal:
    """A problem document (RFC 9457) as the site sends it."""

    status: int
    code: str
    sentence: str
    fault: str = ""  # entrant, organiser or platform: who can mend it
    field: str = ""
    numbers: dict[str, Any] = dataclasses.field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    documentation: str = ""
    retry_after_s: float | None = None


class Problem(ClientError):
    """The site refused. ``code`` is stable and documented; ``fault`` says who can mend it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"

    @property
    def status(self) -> int:
        return self.refusal.status

    @property
    def code(self) -> str:
        return self.refusal.code

    @property
    def fault(self) -> str:
        return self.refusal.fault

    @property
    def field(self) -> str:
        return self.refusal.field

    @property
    def numbers(self) -> dict[str, Any]:
        """The figures of the sentence."""
        return self.refusal.numbers

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """Every field at fault, where there are several."""
        return self.refusal.errors

    @property
    def retry_after_s(self) -> float | None:
        """After how long asking again may help; None where the site does not say."""
        return self.refusal.retry_after_s

    @property
    def documentation(self) -> str:
        """Where the code is explained."""
        return self.refusal.documentation


class NoAnswer(ClientError):
    """The site does not answer, or the connection broke and asking again did not help."""


class Damaged(ClientError):
    """What was downloaded is not what was sent: its digest differs."""


class TookTooLong(ClientError):
    """What was waited for did not come about in the time that was given."""


class NotSignedIn(ClientError):
    """There is no token for the site, or none that may be used."""
