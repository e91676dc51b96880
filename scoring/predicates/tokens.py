"""Text to tokens. Quotes are decoded here; nothing else is interpreted."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from scoring.predicates.errors import PredicateError, PredicateFault, shown
from scoring.predicates.tree import exact_number


class Kind(Enum):
    """What a token is."""

    NAME = auto()  # a bare column
    KEYWORD = auto()  # text is in lower case
    BACKTICKED = auto()  # a column in backticks
    QUOTED = auto()  # in double quotes: a column, or text where a value is expected
    TEXT = auto()  # in single quotes
    NUMBER = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True)
class Token:
    """One token; ``text`` is decoded, ``number`` is set for numbers only, ``position`` is its first character."""

    kind: Kind
    text: str
    position: int
    number: int | float = 0


KEYWORDS: Final = frozenset({"and", "or", "not", "in", "between", "is", "missing"})
_QUOTES: Final = {"'": Kind.TEXT, '"': Kind.QUOTED, "`": Kind.BACKTICKED}
_SPACE: Final = re.compile(r"\s+")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_SYMBOL: Final = re.compile(r"==|!=|<=|>=|[=<>(),]")
# Spellings of other languages, and what to write instead.
_FOREIGN: Final = {"&": "and", "|": "or", "!": "not", "~": "not", "[": "(", "]": ")", ";": "and"}


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``, the last of kind END.

    Raises PredicateError with code PREDICATE_SYNTAX.

    Example:
        >>> [token.text for token in tokenize("age >= 65 AND `a b` = 'it''s'")]
        ['age', '>=', '65', 'and', 'a b', '=', "it's", '']
    """
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
            continue
        token, position = _next(text, position)
        tokens.append(token)
    return [*tokens, Token(Kind.END, "", len(text))]


def _next(text: str, start: int) -> tuple[Token, int]:
    if text[start] in _QUOTES:
        return _quoted(text, start)
    if match := _NUMBER.match(text, start):
        return _number(text, match), match.end()
    if match := _NAME.match(text, start):
        name = match.group()
        if name.lower() in KEYWORDS:
            return Token(Kind.KEYWORD, name.lower(), start), match.end()
        return Token(Kind.NAME, name, start), match.end()
    if match := _SYMBOL.match(text, start):
        return Token(Kind.SYMBOL, match.group(), start), match.end()
    raise PredicateError(PredicateFault.SYNTAX, _unexpected(text[start]), start)


def _unexpected(character: str) -> str:
    instead = _FOREIGN.get(character)
    hint = f"; write {instead} instead" if instead else ""
    return f"The character {shown(character)} means nothing here{hint}."


def _number(text: str, match: "re.Match[str]") -> Token:
    start, end = match.span()
    if end < len(text) and (text[end].isalnum() or text[end] in "_."):
        message = f"{shown(match.group())} runs into the next word; quote a column's name that starts with a digit."
        raise PredicateError(PredicateFault.SYNTAX, message, start)
    # By way of float, because int() of very long digits is slow and refused by Python itself.
    number = exact_number(float(match.group()))
    if number is None:
        raise PredicateError(PredicateFault.SYNTAX, "This number is too large to compare with.", start)
    return Token(Kind.NUMBER, match.group(), start, number)


def _quoted(text: str, start: int) -> tuple[Token, int]:
    """A quoted word; the quote itself is written twice inside."""
    quote = text[start]
    position, pieces = start + 1, []
    while (end := text.find(quote, position)) >= 0:
        pieces.append(text[position:end])
        if text[end + 1 : end + 2] != quote:
            return Token(_QUOTES[quote], "".join(pieces), start), end + 1
        pieces.append(quote)
        position = end + 2
    raise PredicateError(PredicateFault.SYNTAX, f"The quote {quote} opened here is never closed.", start)
