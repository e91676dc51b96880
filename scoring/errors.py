"""What the library refuses. Every refusal leaves its inputs untouched and carries a stable code and one sentence."""

from typing import ClassVar


class ScoringError(ValueError):
    """An input that cannot be scored; ``code`` is stable, the text is one plain sentence."""

    code: ClassVar[str] = "SCORING_ERROR"


class WrongLengthError(ScoringError):
    """An array does not have one entry a row."""

    code = "WRONG_LENGTH"


class WrongTypeError(ScoringError):
    """An array has a dtype or a number of axes that does not say what it must say."""

    code = "WRONG_TYPE"


class NotFiniteError(ScoringError):
    """NaN or infinity where a number is needed."""

    code = "NOT_FINITE"


class OutOfRangeError(ScoringError):
    """A finite value outside the range that the contract names."""

    code = "OUT_OF_RANGE"


class EmptyGroupError(ScoringError):
    """A group without rows cannot be merged."""

    code = "EMPTY_GROUP"


class UndefinedHarmError(ScoringError):
    """The harm metric does not exist for this kind of sample."""

    code = "UNDEFINED_HARM"


class BudgetSpentError(ScoringError):
    """Theorem mode has made all the accepts it may; nothing more is answered."""

    code = "BUDGET_SPENT"


class DamagedStoreError(ScoringError):
    """A file of masks that does not hold what it should."""

    code = "DAMAGED_STORE"
