"""Text to tree: what the language accepts, what it refuses and where, and that printing and parsing agree."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.predicates import Predicate, PredicateError, PredicateFault, parse
from scoring.predicates.tree import MAX_DEPTH, And, Compare, In, Missing, Not, Operator, Or
from tests.scoring.predicate_strategies import predicates


def refusal(text: str) -> PredicateError:
    with pytest.raises(PredicateError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("age>=65", "age >= 65"),
        ("sex = 'Female'", "sex == 'Female'"),
        ('sex == "Female"', "sex == 'Female'"),
        ("`hours per week` < 20", '"hours per week" < 20'),
        ('"Hours ""paid""" != 1', '"Hours ""paid""" != 1'),
        ("name == 'O''Hara'", "name == 'O''Hara'"),
        ("x = -0.0", "x == 0"),
        ("x = +2.50", "x == 2.5"),
        ("x = 1e3", "x == 1000"),
        ("x IN (1,2.0 , 'a')", "x in (1, 2, 'a')"),
        ("x Not In ('a')", "x not in ('a')"),
        ("x BETWEEN 1 AND 2 AND y=3", "x between 1 and 2 and y == 3"),
        ("x is Missing or x IS NOT MISSING", "x is missing or x is not missing"),
        ("a=1 or b=1 and c=1", "a == 1 or (b == 1 and c == 1)"),
        ("(a=1 or b=1) and c=1", "(a == 1 or b == 1) and c == 1"),
        ("a=1 and (b=1 and c=1)", "a == 1 and b == 1 and c == 1"),
        ("not a=1 and b=1", "not (a == 1) and b == 1"),
        ("not not (((a=1)))", "not (not (a == 1))"),
        ("not (a=1 and b=1)", "not (a == 1 and b == 1)"),
        ('"and" == 1', '"and" == 1'),
        ("âge == 1", '"âge" == 1'),
        ("\n age\t== 1 ", "age == 1"),
    ],
)
def test_prints_one_canonical_form(text: str, canonical: str) -> None:
    assert parse(text).to_text() == canonical
    assert parse(canonical) == parse(text)


def test_and_binds_tighter_than_or_and_not_tightest() -> None:
    a, b, c = (Compare(name, Operator.EQUAL, 1) for name in "abc")
    assert parse("not a=1 and b=1 or c=1").root == Or((And((Not(a), b)), c))


def test_columns_are_named_once_in_order_of_appearance() -> None:
    assert parse("b = 1 and (a in (2) or b is missing)").columns() == ("b", "a")


def test_describes_itself_in_plain_words() -> None:
    predicate = parse(
        "sex != 'Male' and (age between 25 and 34 or age >= 65) and race in ('A','B') and not x is missing"
    )
    assert predicate.describe() == (
        "sex is not Male and (age is from 25 to 34 or age is at least 65) and race is A or B and not (x is missing)"
    )


@pytest.mark.parametrize(
    ("text", "position", "mended"),
    [
        ("age >=", 6, "age >= 1"),
        ("age 65", 4, "age > 65"),
        ("age >= 65 sex == 'F'", 10, "age >= 65 and sex == 'F'"),
        ("(age >= 65", 10, "(age >= 65)"),
        ("age >= 65)", 9, "(age >= 65)"),
        ("sex == Female", 7, "sex == 'Female'"),
        ("sex == 'Female", 7, "sex == 'Female'"),
        ("65 <= age", 0, "age >= 65"),
        ("x in ()", 6, "x in (1)"),
        ("x in 1", 5, "x in (1)"),
        ("x in (1,)", 8, "x in (1)"),
        ("x between 1, 2", 11, "x between 1 and 2"),
        ("x is null", 5, "x is missing"),
        ("x not between 1 and 2", 6, "not x between 1 and 2"),
        ("a = 1 & b = 1", 6, "a = 1 and b = 1"),
        ("a == 12abc", 5, "a == 12"),
        ("a == 1.2.3", 5, "a == 1.2"),
        ("a == 1e999", 5, "a == 1e99"),
        ("a = nan", 4, "a is missing"),
        ("a = b", 4, "a = 'b'"),
        ("'a' = 1", 0, '"a" = 1'),
        ("a = 'x\x00'", 6, "a = 'x'"),
        ("a = '\ud800'", 5, "a = 'x'"),
        ("hours-per-week > 1", 5, '"hours-per-week" > 1'),
        ("not", 3, "not a = 1"),
        ("__import__('os')", 10, "__import__ = 'os'"),
    ],
)
def test_refuses_bad_syntax_at_its_character(text: str, position: int, mended: str) -> None:
    error = refusal(text)
    assert (error.code, error.position) == (PredicateFault.SYNTAX, position)
    assert error.message.endswith(".")
    assert parse(mended)


@pytest.mark.parametrize("text", ["", "   \n"])
def test_refuses_an_empty_predicate(text: str) -> None:
    assert refusal(text).code is PredicateFault.EMPTY


@pytest.mark.parametrize(
    ("too_large", "allowed"),
    [
        ("a == '" + "x" * 20_000 + "'", "a == '" + "x" * 19_000 + "'"),
        ("(" * 5000 + "a = 1" + ")" * 5000, "(" * 50 + "a = 1" + ")" * 50),
        ("not " * 4000 + "a = 1", "not " * MAX_DEPTH + "a = 1"),
        ("not " * (MAX_DEPTH + 1) + "a = 1", "not " * MAX_DEPTH + "a = 1"),
        (" or ".join(["a=1"] * 501), " or ".join(["a=1"] * 500)),
        ("a in (" + ",".join("1" * 2001) + ")", "a in (" + ",".join("1" * 2000) + ")"),
        # Its text is short enough, its canonical text is not.
        ("`" + '"' * 15_000 + "` = 1", "`" + '"' * 9_000 + "` = 1"),
    ],
)
def test_refuses_what_is_too_large(too_large: str, allowed: str) -> None:
    assert refusal(too_large).code is PredicateFault.TOO_LARGE
    assert parse(parse(allowed).to_text()) == parse(allowed)


@given(predicates())
def test_canonical_text_parses_back_to_the_same_tree(predicate: Predicate) -> None:
    assert parse(predicate.to_text()) == predicate
    assert parse(predicate.to_text()).to_text() == predicate.to_text()


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused_with_a_predicate_error(text: str) -> None:
    parses_or_is_refused(text)


PIECES = ["age", "sex", "'F'", '"x y"', "`z`", "12", "-3.5", "(", ")", ",", "and", "or", "not", "in", "between", "is"]
PIECES += ["missing", "==", "=", "<", ">=", "!", "'", '"', "`", "e", ".", "\x00", "½", "İ", "\u0661"]


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.sampled_from(["", " "]))
def test_any_row_of_tokens_parses_or_is_refused_with_a_predicate_error(pieces: list[str], space: str) -> None:
    parses_or_is_refused(space.join(pieces))


def test_mutations_of_a_good_predicate_parse_or_are_refused_with_a_predicate_error() -> None:
    dice = random.Random(5)
    good = "(age between 25 and 34 or `h w` >= 1.5e3) and not sex in ('F', 'it''s') and x is not missing"
    for _ in range(2000):
        text = list(good)
        for _ in range(dice.randint(1, 4)):
            text[dice.randrange(len(text))] = dice.choice(string.printable)
        parses_or_is_refused("".join(text))


def parses_or_is_refused(text: str) -> None:
    try:
        predicate = parse(text)
    except PredicateError as refused:
        error = refused
    else:
        assert parse(predicate.to_text()) == predicate
        return
    assert error.position is None or 0 <= error.position <= len(text)
    assert error.message.isprintable()


def test_a_position_is_no_part_of_equality() -> None:
    assert parse("  x is missing").root == Missing("x")
    assert parse("x in (1)").root == In("x", (1,))
