"""Tokens to a tree, by recursive descent.

either   := both ("or" both)*
both     := negation ("and" negation)*
negation := "not" negation | "(" either ")" | test
test     := column ("==" | "=" | "!=" | "<" | "<=" | ">" | ">=") value
          | column ["not"] "in" "(" value ("," value)* ")"
          | column "between" value "and" value
          | column "is" ["not"] "missing"
"""

from typing import Final, NoReturn

from scoring.predicates.errors import PredicateError, PredicateFault, shown
from scoring.predicates.tokens import Kind, Token, tokenize
from scoring.predicates.tree import (
    MAX_DEPTH,
    MAX_TEXT,
    Between,
    Compare,
    In,
    Missing,
    Node,
    Not,
    Operator,
    Test,
    Value,
    conjunction,
    disjunction,
    unstorable,
)

# The canonical text writes at most "not (" for each level of the tree.
_MAX_NESTING: Final = 2 * MAX_DEPTH
_COLUMN_KINDS: Final = (Kind.NAME, Kind.QUOTED, Kind.BACKTICKED)
_OPERATORS: Final = {"=": Operator.EQUAL, **{operator.value: operator for operator in Operator}}


def read(text: str) -> Node:
    """The tree of ``text``, positions included.

    Raises PredicateError: PREDICATE_EMPTY, PREDICATE_SYNTAX or PREDICATE_TOO_LARGE.
    """
    if len(text) > MAX_TEXT:
        message = f"The predicate has {len(text):,} characters; {MAX_TEXT:,} are allowed."
        raise PredicateError(PredicateFault.TOO_LARGE, message, MAX_TEXT)
    if (position := unstorable(text)) is not None:
        raise PredicateError(PredicateFault.SYNTAX, "This character cannot be stored.", position)
    if not text.strip():
        raise PredicateError(PredicateFault.EMPTY, "The predicate is empty.", 0)
    return _Reader(tokenize(text)).whole()


class _Reader:
    """A position in a list of tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._nesting = 0

    def whole(self) -> Node:
        node = self._either()
        if self._here.kind is not Kind.END:
            self._refuse("and, or, or the end of the predicate is expected here")
        return node

    def _either(self) -> Node:
        parts = [self._both()]
        while self._takes(Kind.KEYWORD, "or"):
            parts.append(self._both())
        return disjunction(tuple(parts))

    def _both(self) -> Node:
        parts = [self._negation()]
        while self._takes(Kind.KEYWORD, "and"):
            parts.append(self._negation())
        return conjunction(tuple(parts))

    def _negation(self) -> Node:
        start = self._here.position
        if self._takes(Kind.KEYWORD, "not"):
            self._deeper(start)
            node: Node = Not(self._negation())
        elif self._takes(Kind.SYMBOL, "("):
            self._deeper(start)
            node = self._either()
            self._expect(Kind.SYMBOL, ")", "and, or, or a closing parenthesis is expected here")
        else:
            return self._test()
        self._nesting -= 1
        return node

    def _deeper(self, position: int) -> None:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            message = f"Parentheses and not are nested more than {_MAX_NESTING} deep."
            raise PredicateError(PredicateFault.TOO_LARGE, message, position)

    def _test(self) -> Test:
        start = self._here
        if start.kind not in _COLUMN_KINDS:
            self._refuse("a column's name is expected here")
        self._at += 1
        if self._here.kind is Kind.SYMBOL and self._here.text in _OPERATORS:
            operator = _OPERATORS[self._here.text]
            self._at += 1
            return Compare(start.text, operator, self._value(), start.position)
        if self._takes(Kind.KEYWORD, "is"):
            negated = self._takes(Kind.KEYWORD, "not")
            self._expect(Kind.KEYWORD, "missing", "missing or not missing is expected after is")
            return Missing(start.text, negated, start.position)
        if self._takes(Kind.KEYWORD, "between"):
            return self._between(start)
        negated = self._takes(Kind.KEYWORD, "not")
        expected = "in" if negated else "a comparison, in, between or is missing"
        self._expect(Kind.KEYWORD, "in", f"{expected} is expected here")
        return In(start.text, self._list(), negated, start.position)

    def _between(self, start: Token) -> Between:
        low = self._value()
        self._expect(Kind.KEYWORD, "and", "and is expected between the two ends of between")
        return Between(start.text, low, self._value(), start.position)

    def _list(self) -> tuple[Value, ...]:
        self._expect(Kind.SYMBOL, "(", "a list in parentheses is expected after in")
        values = [self._value()]
        while self._takes(Kind.SYMBOL, ","):
            values.append(self._value())
        self._expect(Kind.SYMBOL, ")", "a comma or a closing parenthesis is expected here")
        return tuple(values)

    def _value(self) -> Value:
        token = self._here
        self._at += 1
        if token.kind is Kind.NUMBER:
            return token.number
        if token.kind in (Kind.TEXT, Kind.QUOTED):
            return token.text
        self._at -= 1
        if token.kind in (Kind.NAME, Kind.KEYWORD):
            self._refuse(f"a number or text in quotes is expected here, such as '{shown(token.text)}'")
        self._refuse("a number or text in quotes is expected here")

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _takes(self, kind: Kind, text: str) -> bool:
        found = self._here.kind is kind and self._here.text == text
        self._at += found
        return found

    def _expect(self, kind: Kind, text: str, expected: str) -> None:
        if not self._takes(kind, text):
            self._refuse(expected)

    def _refuse(self, expected: str) -> NoReturn:
        token = self._here
        found = (
            "the predicate ends" if token.kind is Kind.END else f"{shown(token.text) or 'empty quotes'} stands there"
        )
        sentence = f"{expected[0].upper()}{expected[1:]}, but {found}."
        raise PredicateError(PredicateFault.SYNTAX, sentence, token.position)
