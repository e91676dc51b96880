"""What is wrong with a predicate: a stable code, one plain sentence, and where."""

from enum import StrEnum


class PredicateFault(StrEnum):
    """The stable codes of a refused predicate; always the entrant's to mend."""

    EMPTY = "PREDICATE_EMPTY"
    SYNTAX = "PREDICATE_SYNTAX"
    TOO_LARGE = "PREDICATE_TOO_LARGE"
    UNKNOWN_COLUMN = "UNKNOWN_COLUMN"
    WRONG_TYPE = "WRONG_TYPE"
    TREE = "PREDICATE_TREE"  # stored form only: the JSON is not a predicate's tree


class PredicateError(ValueError):
    """A predicate that cannot be used.

    ``code`` is stable, ``message`` one plain sentence, ``position`` the 0-based character in the text (None for a
    stored tree, which has no text), ``suggestion`` a column's name that may have been meant.

    Example:
        >>> PredicateError(PredicateFault.SYNTAX, "A column is expected here.", 4).position
        4
    """

    def __init__(
        self, code: PredicateFault, message: str, position: int | None = None, *, suggestion: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position
        self.suggestion = suggestion


def shown(text: str) -> str:
    """Entrant's text as a sentence may carry it: printable, and cut to 40 characters."""
    printable = "".join(c if c.isprintable() else "?" for c in text[:40])
    return printable + ("\N{HORIZONTAL ELLIPSIS}" if len(text) > 40 else "")
