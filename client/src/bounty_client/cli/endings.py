"""What a command ends with. The numbers are documented and stable: scripts rely on them."""

import sys
from contextlib import suppress
from enum import IntEnum

from bounty_client.problems import ClientError, NoAnswer, NotSignedIn, Problem, TookTooLong


class Ending(IntEnum):
    """An exit code, and what it says."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Ending":
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "done, and the answer is yes: scored, verified, nothing wrong"
    NO = 1, "done, and the answer is no: the submission was refused, the file is not what was signed, the check failed"
    USAGE = 2, "the command was not given as it must be"
    REFUSED = 3, "the site refused: its code and its sentence say why"
    NOT_SIGNED_IN = 4, "no token, or one that may not do this: bounty login"
    LIMIT = 5, "a limit of the site is reached: the sentence says until when"
    NO_ANSWER = 6, "the site does not answer, or failed"
    TOO_LONG = 7, "what was waited for did not come in time; it goes on"
    NOTHING_RUN = 8, "this machine cannot: it lacks a file, a right or the sandbox, which says nothing of what was sent"
    INTERRUPTED = 130, "stopped by Ctrl-C"


class CannotRun(ClientError):
    """This machine lacks something: a file, a sandbox, a format."""


def ending_of(error: ClientError) -> Ending:
    """The exit code of what went wrong."""
    if isinstance(error, Problem):
        return _of_status(error.status)
    for kind, ending in (
        (NotSignedIn, Ending.NOT_SIGNED_IN),
        (NoAnswer, Ending.NO_ANSWER),
        (TookTooLong, Ending.TOO_LONG),
        (CannotRun, Ending.NOTHING_RUN),
    ):
        if isinstance(error, kind):
            return ending
    return Ending.NO


def _of_status(status: int) -> Ending:
    if status in (401, 403):
        return Ending.NOT_SIGNED_IN
    if status == 429:
        return Ending.LIMIT
    return Ending.NO_ANSWER if status >= 500 else Ending.REFUSED


_ADVICE = {
    "NOT_AUTHENTICATED": "Sign in: bounty login",
    "TOKEN_UNKNOWN": "Sign in again: bounty login",
    "TOKEN_REVOKED": "Sign in again: bounty login",
    "TOKEN_EXPIRED": "Sign in again: bounty login",
    "RULES_NOT_ACCEPTED": "Read the rules and accept them: bounty join COMPETITION",
    "REASON_MISSING": "Give it: --reason TEXT",
    "NOT_FOUND": "See what there is: bounty competitions; with a name: bounty submissions, bounty model show",
    "PREDICT_NEEDS_CODE": "Take it along: bounty model export {competition} --version {version} --form {form}",
}


def explain(error: ClientError) -> None:
    """On stderr: the sentence, every field at fault, what to do, and where the code is explained."""
    lines = [f"bounty: {error.sentence}"]
    if isinstance(error, Problem):
        if len(error.errors) > 1:
            lines += [f"  {fault.field or 'request'}: {fault.sentence}" for fault in error.errors]
        with suppress(KeyError):  # what it names, the site may not have said
            lines.append(f"  {_ADVICE[error.code].format_map(error.numbers)}")
        lines.append(f"  {error.code}{f', {error.documentation}' if error.documentation else ''}")
    print("\n".join(lines), file=sys.stderr)


def as_document(error: ClientError) -> dict[str, object]:
    """The same for ``--json``."""
    found: dict[str, object] = {
        "error": type(error).__name__,
        "sentence": error.sentence,
        "exit": int(ending_of(error)),
    }
    if isinstance(error, Problem):
        found |= {
            "code": error.code,
            "status": error.status,
            "fault": error.fault,
            "field": error.field,
            "numbers": error.numbers,
            "errors": [vars(fault) for fault in error.errors],
            "documentation": error.documentation,
            "retry_after_s": error.retry_after_s,
        }
    return found
