"""A predicate: the group that a participant describes as data, with all its forms."""

from dataclasses import dataclass

from scoring.predicates.errors import PredicateError, PredicateFault
from scoring.predicates.grammar import read
from scoring.predicates.printing import canonical
from scoring.predicates.sql import condition
from scoring.predicates.storage import FORMAT, restored, stored
from scoring.predicates.tree import MAX_DEPTH, MAX_LITERALS, MAX_TESTS, MAX_TEXT, Node, depth_of, tests_of
from scoring.predicates.words import words


@dataclass(frozen=True)
class Predicate:
    """A rule that picks rows by their features. Equal when the trees are equal; always within the limits.

    Two-valued: a test of a missing value is false (``!=`` and ``not in`` too), its negation by ``not`` true; only
    ``is missing`` is true of it.

    Example:
        >>> predicate = parse("Sex = 'Female' AND (age>=65)")
        >>> predicate.to_text(), predicate.columns()
        ("Sex == 'Female' and age >= 65", ('Sex', 'age'))
    """

    root: Node

    def __post_init__(self) -> None:
        _within_limits(self.root)

    def to_text(self) -> str:
        """The canonical text; `parse` gives the same predicate back."""
        return canonical(self.root)

    def to_json(self) -> dict[str, object]:
        """The stored form: plain JSON values, with the format's version."""
        return {"format": FORMAT, "tree": stored(self.root)}

    @classmethod
    def from_json(cls, data: object) -> "Predicate":
        """The predicate stored as ``data`` (JSON already decoded), validated in full.

        Raises PredicateError: PREDICATE_TREE or PREDICATE_TOO_LARGE.

        Example:
            >>> Predicate.from_json(parse("age < 25").to_json()) == parse("age < 25")
            True
        """
        if not isinstance(data, dict) or set(data) != {"format", "tree"} or data["format"] != FORMAT:
            raise PredicateError(PredicateFault.TREE, f"The stored predicate is not of format {FORMAT}.")
        return cls(restored(data["tree"]))

    def to_sql(self) -> str:
        """An SQL condition that picks the same rows, where missing values are NULL."""
        return condition(self.root)

    def describe(self) -> str:
        """The predicate in plain words."""
        return words(self.root)

    def columns(self) -> tuple[str, ...]:
        """The columns it reads, each once, in order of appearance."""
        return tuple(dict.fromkeys(test.column for test in tests_of(self.root)))


def parse(text: str) -> Predicate:
    """The predicate that ``text`` spells.

    Columns stand bare, in double quotes or in backticks; text stands in single quotes (double quotes also do where a
    value is expected); a quote is doubled inside itself; keywords are of any case.

    Raises PredicateError: PREDICATE_EMPTY, PREDICATE_SYNTAX or PREDICATE_TOO_LARGE, with the position.

    Example:
        >>> parse("race in ('Asian', 'Black') and not age between 25 and 54").to_text()
        "race in ('Asian', 'Black') and not (age between 25 and 54)"
        >>> try:
        ...     parse("age >> 3")
        ... except PredicateError as error:
        ...     print(error.code, error.position, error.message)
        PREDICATE_SYNTAX 5 A number or text in quotes is expected here, but > stands there.
    """
    return Predicate(read(text))


def _within_limits(root: Node) -> None:
    tests = list(tests_of(root))
    sizes = (
        (depth_of(root), MAX_DEPTH, "levels of and, or and not"),
        (len(tests), MAX_TESTS, "tests"),
        (sum(len(test.values) for test in tests), MAX_LITERALS, "numbers and texts"),
        (len(canonical(root)), MAX_TEXT, "characters in its canonical form"),
    )
    for size, limit, noun in sizes:
        if size > limit:
            message = f"The predicate has {size:,} {noun}; {limit:,} are allowed."
            raise PredicateError(PredicateFault.TOO_LARGE, message)
