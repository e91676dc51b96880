"""The parsed tree of a predicate and its limits. Every way in, text or stored JSON, ends in these nodes."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

MAX_TEXT: Final = 20_000  # characters, also of the canonical text
MAX_TESTS: Final = 500  # comparisons, in, between, is missing
MAX_LITERALS: Final = 2_000
MAX_DEPTH: Final = 40  # and, or and not inside one another
EXACT: Final = 2**53  # whole numbers up to here are exact in float64

Value: TypeAlias = int | float | str


class Operator(StrEnum):
    """Comparisons in their canonical spelling."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="

    @property
    def orders(self) -> bool:
        """Whether it needs an order, which text does not have here."""
        return self not in (Operator.EQUAL, Operator.UNEQUAL)


@dataclass(frozen=True)
class Compare:
    """``column operator value``; false where the column is missing, ``!=`` included."""

    column: str
    operator: Operator
    value: Value
    position: int | None = field(default=None, compare=False)

    @property
    def values(self) -> tuple[Value, ...]:
        return (self.value,)


@dataclass(frozen=True)
class In:
    """``column in (values)`` or ``column not in (values)``; both false where the column is missing."""

    column: str
    values: tuple[Value, ...]
    negated: bool = False
    position: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Between:
    """``column between low and high``, both ends included; false where the column is missing."""

    column: str
    low: Value
    high: Value
    position: int | None = field(default=None, compare=False)

    @property
    def values(self) -> tuple[Value, ...]:
        return (self.low, self.high)


@dataclass(frozen=True)
class Missing:
    """``column is missing`` or ``column is not missing``."""

    column: str
    negated: bool = False
    position: int | None = field(default=None, compare=False)

    @property
    def values(self) -> tuple[Value, ...]:
        return ()


@dataclass(frozen=True)
class And:
    """True where every part is. Two parts or more, none of them an And: use `conjunction`."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    """True where any part is. Two parts or more, none of them an Or: use `disjunction`."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """True exactly where the part is false."""

    part: "Node"


Test: TypeAlias = Compare | In | Between | Missing
Node: TypeAlias = Test | And | Or | Not


def conjunction(parts: tuple[Node, ...]) -> Node:
    """``and`` over the parts, flattened, so that grouping that changes nothing leaves no trace in the tree."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat)


def disjunction(parts: tuple[Node, ...]) -> Node:
    """``or`` over the parts, flattened."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def tests_of(node: Node) -> Iterator[Test]:
    """Every test in the tree, left to right."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from tests_of(part)
        case Not(part):
            yield from tests_of(part)
        case _:
            yield node


def depth_of(node: Node) -> int:
    """How many and, or and not stand inside one another."""
    match node:
        case And(parts) | Or(parts):
            return 1 + max(depth_of(part) for part in parts)
        case Not(part):
            return 1 + depth_of(part)
        case _:
            return 0


def exact_number(number: float) -> int | float | None:
    """A number as the tree keeps it: whole where float64 is exact, else float; None when it is not finite.

    One spelling for one value: ``2`` and ``2.0`` give the same tree, and so the same digest.

    Example:
        >>> exact_number(2.0), exact_number(-0.0), exact_number(2.5), exact_number(10**400)
        (2, 0, 2.5, None)
    """
    try:
        value = float(number)
    except OverflowError:
        return None
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) <= EXACT else value


def unstorable(text: str) -> int | None:
    """Where ``text`` first holds what no database takes, NUL or half a surrogate pair; None where it does not.

    Example:
        >>> unstorable("fine"), unstorable("a\\0")
        (None, 1)
    """
    found = _UNSTORABLE.search(text)
    return found.start() if found else None


_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
