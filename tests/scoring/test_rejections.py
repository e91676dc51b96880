"""The platform's own patch under a bound on false rejections: kept where it can be, told where it cannot."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scoring.errors import OutOfRangeError
from scoring.losses import Loss, Sample, Task
from scoring.recipes import RecipeError
from scoring.rejections import NOT_STATED, Bound, Named, named_groups, rejections
from scoring.tables import encode
from scoring.trainer import Everyone, PublicRows, TrainedPatch, fit_everyone, refit, train_patch

N, N_TRAIN = 2800, 1800
EVERYBODY = np.ones(N, dtype=np.bool_)
HELD = Bound("sex", 0.05)


def applicants(bound: Bound | None = HELD, *, positive: int = 1, weighted: bool = False) -> PublicRows:
    """Women earn less and repay less often, so that whoever answers each as is most likely rejects them wrongly."""
    dice = np.random.default_rng(7)
    sex = dice.choice(["F", "M"], N, p=[0.4, 0.6])
    income = dice.normal(0, 1, N) + np.where(sex == "F", -0.5, 0.3)
    repaid = (income + dice.normal(0, 0.7, N) > 0).astype(np.int32)
    labels = repaid if positive == 1 else 1 - repaid
    weights = dice.uniform(0.5, 2, N) if weighted else None
    table = encode(pd.DataFrame({"sex": sex, "income": income}), ("sex", "income"))
    sample = Sample(Loss.ZERO_ONE, labels, weights, positive=positive)
    return PublicRows(table, sample, N_TRAIN, Task.BINARY, n_classes=2, bound=bound)


@pytest.fixture(scope="module")
def everyone() -> Everyone:
    return fit_everyone(applicants())


@pytest.fixture(scope="module")
def patch(everyone: Everyone) -> TrainedPatch:
    return train_patch(everyone, EVERYBODY)


def gap(rows: PublicRows, answers: np.ndarray) -> float:
    """Between the sexes' shares of positive validation rows that are answered otherwise."""
    women, judged = rows.table["sex"].codes == 0, np.arange(N) >= N_TRAIN
    rejected = answers != rows.sample.labels
    rates = [rejected[judged & rows.sample.is_positive & side].mean() for side in (women, ~women)]
    return float(abs(rates[0] - rates[1]))


def test_the_patch_keeps_a_bound_that_it_would_break_without(patch: TrainedPatch) -> None:
    rows = applicants()
    free = train_patch(fit_everyone(applicants(bound=None)), EVERYBODY)
    assert gap(rows, free.answers(rows.table)) > 0.10
    assert gap(rows, patch.answers(rows.table)) <= 0.05
    assert patch.evidence.keeps_the_bound
    assert patch.name.endswith("held together")


def test_the_evidence_says_what_was_measured_and_what_the_bound_cost(patch: TrainedPatch) -> None:
    rows = applicants()
    told = patch.evidence.to_json()["rejections"]
    assert (told["column"], told["within"], told["holds"], told["is_measured"]) == ("sex", 0.05, True, True)
    assert told["gap"] == pytest.approx(gap(rows, patch.answers(rows.table)))
    assert [group["name"] for group in told["groups"]] == ["F", "M"]
    assert sum(group["positives"] for group in told["groups"]) == rows.sample.is_positive[N_TRAIN:].sum()
    assert told["without"]["gap"] > 0.10
    assert told["without"]["loss"] <= patch.evidence.loss
    json.dumps(told)


def test_the_held_patch_is_one_fixed_model_that_its_stored_form_makes_again(patch: TrainedPatch) -> None:
    rows = applicants()
    stored = json.loads(json.dumps(patch.to_json()))
    assert (stored["kind"], stored["held"]["within"]) == ("held", 0.05)
    first, again = patch.answers(rows.table), refit(stored, applicants(bound=None), EVERYBODY).answers(rows.table)
    assert first.tobytes() == again.tobytes()
    some = np.arange(17, 60)
    assert (patch.answers(rows.table.take(some)) == first[some]).all()  # nobody is answered by chance


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "model"},
        {"trained_on": "nobody"},
        {"held": None},
        {"held": {"column": "sex", "within": 0.05, "multipliers": [1.0]}},
        {"held": {"column": "sex", "within": 5, "multipliers": [0.0] * 4}},
        {"held": {"column": "sex", "within": 0.05, "multipliers": [float("nan")] * 4}},
        {"held": {"column": "age", "within": 0.05, "multipliers": [0.0] * 4}},
    ],
)
def test_refuses_a_stored_held_patch_with_a_fault(patch: TrainedPatch, change: dict[str, object]) -> None:
    good = patch.to_json()
    with pytest.raises(RecipeError):
        refit(good | change, applicants(), EVERYBODY)
    assert refit(good, applicants(), EVERYBODY)


def test_a_bound_that_no_option_keeps_is_told_and_the_closest_is_taken() -> None:
    tight = Bound("sex", 0.0001)
    found = train_patch(fit_everyone(applicants(tight)), EVERYBODY)
    told = found.evidence.to_json()["rejections"]
    assert not found.evidence.keeps_the_bound
    assert told["within"] < told["gap"] < told["without"]["gap"]


def test_a_group_of_one_sex_has_nothing_to_compare(everyone: Everyone) -> None:
    found = train_patch(everyone, everyone.rows.table["sex"].codes == 0)
    told = found.evidence.to_json()["rejections"]
    assert (told["is_measured"], told["holds"], told["gap"]) == (False, True, 0.0)
    assert [group["name"] for group in told["groups"]] == ["F"]


@pytest.mark.parametrize("rows", [applicants(positive=0), applicants(weighted=True)], ids=["class 0", "weights"])
def test_the_positive_class_may_be_either_and_rows_may_weigh(rows: PublicRows) -> None:
    found = train_patch(fit_everyone(rows), EVERYBODY)
    told = found.evidence.to_json()["rejections"]
    assert told["holds"]
    assert told["without"]["gap"] > 0.08
    again = refit(found.to_json(), rows, EVERYBODY)
    assert (again.answers(rows.table) == found.answers(rows.table)).all()


def test_rates_of_few_positive_rows_are_not_compared() -> None:
    sample = Sample(Loss.ZERO_ONE, np.ones(129, dtype=np.int32), positive=1)
    named = Named(("many", "more", "few"), np.repeat([0, 1, 2], [50, 50, 29]).astype(np.int32))
    found = rejections(sample, (named.codes == 2) * 1.0, named, np.ones(129, dtype=np.bool_), 0.1)
    assert list(found.rates) == ["many", "more"]
    assert (found.gap, found.excess) == (0.0, 0.0)


def test_groups_are_named_by_text_or_numbers_and_those_without_a_value_are_one() -> None:
    frame = pd.DataFrame({"sex": ["M", "F", None, "F"], "code": [2.0, np.nan, 1.0, 2.0]})
    table = encode(frame, ("sex", "code"))
    assert named_groups(table, "sex").names == ("F", "M", NOT_STATED)
    assert named_groups(table, "code").names == ("1", "2", NOT_STATED)
    assert named_groups(table, "code").codes.tolist() == [1, 2, 0, 1]


@pytest.mark.parametrize(("column", "values"), [("age", range(100)), ("one", ["x"] * 100), ("absent", None)])
def test_refuses_a_column_that_names_no_groups(column: str, values: object) -> None:
    frame = pd.DataFrame({"sex": ["F", "M"] * 50} | ({} if values is None else {column: values}))
    table = encode(frame, tuple(frame))
    with pytest.raises(RecipeError, match=column):
        named_groups(table, column)
    assert named_groups(table, "sex").names == ("F", "M")


@pytest.mark.parametrize("within", [0.0, 1.0, -0.1, float("nan")])
def test_refuses_a_bound_that_is_no_share(within: float) -> None:
    with pytest.raises(OutOfRangeError):
        Bound("sex", within)
    assert Bound("sex", 0.5)


def test_refuses_a_bound_where_nothing_is_rejected_or_nothing_judges() -> None:
    rows = applicants()
    real = Sample(Loss.SQUARED, np.linspace(0, 1, N), value_range=(0.0, 1.0))
    for change in ({"task": Task.REGRESSION, "sample": real}, {"n_train": N}):
        with pytest.raises(RecipeError, match="binary tasks with validation rows"):
            replace(rows, **change)
        assert replace(rows, bound=None, **change)
