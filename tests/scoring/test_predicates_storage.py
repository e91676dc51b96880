"""The stored tree: it comes back the same, and nothing hostile comes back at all."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.predicates import Predicate, PredicateError, PredicateFault, parse
from scoring.predicates.tree import MAX_DEPTH
from tests.scoring.predicate_strategies import predicates

SAMPLE = "(a between 1 and 2.5 or b in ('x', 'y')) and not (c != 'z' or d is missing)"


def refused(data: object) -> PredicateFault:
    with pytest.raises(PredicateError) as caught:
        Predicate.from_json(data)
    return caught.value.code


@given(predicates())
def test_comes_back_the_same_from_json_text(predicate: Predicate) -> None:
    assert Predicate.from_json(json.loads(json.dumps(predicate.to_json()))) == predicate


def test_comes_back_the_same_from_a_database_that_writes_floats_as_whole_numbers() -> None:
    predicate = parse("a < 1e300 and b == 2")
    stored = json.loads(json.dumps(predicate.to_json()).replace("1e+300", "1" + "0" * 300).replace("2}", "2.0}"))
    assert Predicate.from_json(stored) == predicate


COMPARE = {"is": "compare", "column": "a", "operator": "==", "value": 1}


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        "a == 1",
        {},
        {"is": "call", "column": "a"},
        {"is": ["compare"]},
        COMPARE | {"operator": "~"},
        COMPARE | {"operator": 1},
        COMPARE | {"column": 3},
        COMPARE | {"column": "a\x00"},
        COMPARE | {"value": None},
        COMPARE | {"value": True},
        COMPARE | {"value": float("nan")},
        COMPARE | {"value": float("inf")},
        COMPARE | {"value": 10**400},
        COMPARE | {"value": "x" * 20_001},
        COMPARE | {"value": "\ud800"},
        COMPARE | {"value": {"$ne": 1}},
        COMPARE | {"more": 1},
        {key: COMPARE[key] for key in ("is", "column", "operator")},
        {"is": "in", "column": "a", "values": [], "negated": False},
        {"is": "in", "column": "a", "values": "abc", "negated": False},
        {"is": "in", "column": "a", "values": [[1]], "negated": False},
        {"is": "in", "column": "a", "values": [1], "negated": 0},
        {"is": "missing", "column": "a", "negated": None},
        {"is": "between", "column": "a", "low": 1, "high": []},
        {"is": "and", "parts": [COMPARE]},
        {"is": "or", "parts": {"0": COMPARE}},
        {"is": "not", "part": [COMPARE]},
        {1: 2},
    ],
)
def test_refuses_a_tree_that_no_predicate_has(tree: object) -> None:
    assert refused({"format": 1, "tree": tree}) is PredicateFault.TREE
    assert Predicate.from_json({"format": 1, "tree": COMPARE}) == parse("a == 1")


@pytest.mark.parametrize("data", [COMPARE, {"format": 2, "tree": COMPARE}, {"format": 1}, None, 1, "", {}])
def test_refuses_another_format(data: object) -> None:
    assert refused(data) is PredicateFault.TREE


def test_refuses_a_tree_that_is_too_deep_without_reaching_its_end() -> None:
    def nested(depth: int) -> dict[str, object]:
        tree: dict[str, object] = COMPARE
        for _ in range(depth):
            tree = {"is": "not", "part": tree}
        return {"format": 1, "tree": tree}

    assert refused(nested(100_000)) is PredicateFault.TOO_LARGE
    assert Predicate.from_json(nested(MAX_DEPTH))


def test_refuses_a_tree_that_is_too_wide() -> None:
    def wide(count: int) -> dict[str, object]:
        return {"format": 1, "tree": {"is": "or", "parts": [COMPARE] * count}}

    assert refused(wide(501)) is PredicateFault.TOO_LARGE
    assert refused(wide(100_000)) is PredicateFault.TOO_LARGE
    assert Predicate.from_json(wide(500))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["is", "parts", "part"]), inner),
    max_leaves=10,
)


@given(JSON, st.integers(0, 200))
def test_any_json_put_anywhere_into_a_tree_is_a_predicate_or_is_refused(value: object, seed: int) -> None:
    data = copy.deepcopy(parse(SAMPLE).to_json())
    holders = list(places(data))
    holder, key = holders[seed % len(holders)]
    holder[key] = value
    try:
        predicate = Predicate.from_json(data)
    except PredicateError as refused:
        code = refused.code
    else:
        assert parse(predicate.to_text()) == predicate
        return
    assert code in (PredicateFault.TREE, PredicateFault.TOO_LARGE)


def places(data: object):
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield data, key
        yield from places(value)
