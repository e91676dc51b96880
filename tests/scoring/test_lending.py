"""The generated lending data: reproducible, with weaknesses of the documented size that a better patch repairs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from scoring import lending
from scoring.harms import Harm
from scoring.lending import DECISION, FEATURES, ID, LABEL, PLANTED, REPAID, SPLITS, PlantedGroup
from scoring.losses import Loss, Sample, Task
from scoring.predicates import evaluate
from scoring.rounds import Claim, Ledger, gate, predict_pass, test_claim
from scoring.tables import encode
from scoring.trainer import PublicRows, fit_everyone, train_patch
from scoring.types import Answers, Bools, Codes

CLAIM = Claim(repair=True, underperformance=True, harm=Harm.FALSE_NEGATIVE_RATE)


@pytest.fixture(scope="module")
def splits() -> dict[str, pd.DataFrame]:
    return lending.generate(2022)


@pytest.fixture(scope="module")
def population() -> pd.DataFrame:
    """Many people of the kind the splits are drawn from, with what the lender expects of them."""
    rows = lending.draw(100_000, np.random.default_rng(1))
    rows[DECISION] = lending.decide(lending.train_lender(np.random.default_rng(2022)), rows)
    return rows


def picked(group: PlantedGroup, rows: pd.DataFrame) -> Bools:
    return evaluate(group.predicate, encode(rows, FEATURES))


def codes(column: pd.Series) -> Codes:
    return (column == REPAID).to_numpy().astype(np.int32)


def sample(rows: pd.DataFrame) -> Sample:
    return Sample(Loss.ZERO_ONE, codes(rows[LABEL]), positive=1)


def excess_error(rows: pd.DataFrame) -> np.ndarray:
    """How much likelier than the best possible model the lender is to be wrong about each row; no luck in it."""
    chance = lending.repayment_chance(rows)
    return np.where(rows[DECISION] == REPAID, 1 - chance, chance) - np.minimum(chance, 1 - chance)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(splits: dict[str, pd.DataFrame]) -> None:
    again, other = lending.generate(2022), lending.generate(2023)
    for name, rows in splits.items():
        pd.testing.assert_frame_equal(rows, again[name])
        assert not rows.equals(other[name])


def test_splits_have_the_stated_sizes_and_share_nobody(splits: dict[str, pd.DataFrame]) -> None:
    assert {name: len(rows) for name, rows in splits.items()} == dict(SPLITS)
    assert pd.concat(splits.values())[ID].is_unique
    assert list(splits["train"].columns) == [ID, *FEATURES, LABEL, DECISION]


def test_the_label_follows_the_stated_chance(population: pd.DataFrame) -> None:
    chance = lending.repayment_chance(population)
    repaid = codes(population[LABEL])
    by_tenth = pd.DataFrame({"chance": chance, "repaid": repaid}).groupby(pd.qcut(chance, 10, labels=False)).mean()
    assert (by_tenth["chance"] - by_tenth["repaid"]).abs().max() < 0.02


@pytest.mark.parametrize("group", PLANTED, ids=lambda group: group.predicate.to_text())
def test_each_weakness_has_the_documented_weight_and_size(group: PlantedGroup, population: pd.DataFrame) -> None:
    mask = picked(group, population)
    assert mask.mean() == pytest.approx(group.weight, abs=0.004)
    assert excess_error(population)[mask].mean() == pytest.approx(group.excess_error, abs=0.03)


def test_elsewhere_the_lender_is_as_good_as_can_be(population: pd.DataFrame) -> None:
    elsewhere = ~np.any([picked(group, population) for group in PLANTED], axis=0)
    assert excess_error(population)[elsewhere].mean() < 0.01


def test_the_module_says_the_sizes_of_its_own_table() -> None:
    rows = [line.split() for line in (lending.__doc__ or "").splitlines() if " points " in line]
    told = [(float(row[-5]), float(row[-3]), float(row[-1])) for row in rows]
    assert told == [(g.understated_points, pytest.approx(100 * g.weight), g.excess_error) for g in PLANTED]


@pytest.mark.parametrize("group", PLANTED, ids=lambda group: group.predicate.to_text())
def test_the_lender_rejects_good_payers_of_each_group_more_than_others(
    group: PlantedGroup, splits: dict[str, pd.DataFrame]
) -> None:
    sealed = splits["sealed"]
    claim = Claim(repair=False, underperformance=True, harm=Harm.FALSE_NEGATIVE_RATE)
    answers = codes(sealed[DECISION])
    assert test_claim(sample(sealed), picked(group, sealed), answers, answers, claim, seed=0).p_value < 0.0001


def trained_answers(splits: dict[str, pd.DataFrame]) -> list[dict[str, Answers]]:
    """The platform's patch for each planted group, as answers on the holdout and on the sealed split."""
    public = pd.concat([splits["train"], splits["validation"]], ignore_index=True)
    rows = PublicRows(encode(public, FEATURES), sample(public), SPLITS["train"], Task.BINARY, n_classes=2)
    everyone = fit_everyone(rows)
    patches = [train_patch(everyone, picked(group, public)) for group in PLANTED]
    tables = {split: encode(splits[split], FEATURES) for split in ("holdout", "sealed")}
    return [{split: patch.answers(table) for split, table in tables.items()} for patch in patches]


def test_a_round_certifies_several_of_the_platforms_patches_and_the_loss_falls(splits: dict[str, pd.DataFrame]) -> None:
    holdout, sealed = splits["holdout"], splits["sealed"]
    samples = {"holdout": sample(holdout), "sealed": sample(sealed)}
    head = {"holdout": codes(holdout[DECISION]), "sealed": codes(sealed[DECISION])}
    before, ledger, certified = samples["sealed"].losses(head["sealed"]).mean(), Ledger(0.05), 0
    for group, answers in zip(PLANTED, trained_answers(splits), strict=True):
        masks = {"holdout": picked(group, holdout), "sealed": picked(group, sealed)}
        evidence = (samples["holdout"], masks["holdout"], head["holdout"], answers["holdout"], CLAIM)
        if not gate(*evidence, seed=0)[0]:
            continue
        level = ledger.level()
        q = predict_pass(*evidence, sealed_rows=len(sealed), level=level)
        test = test_claim(samples["sealed"], masks["sealed"], head["sealed"], answers["sealed"], CLAIM, seed=0)
        ledger = ledger.charge(q, passed=test.p_value <= level)
        if test.p_value <= level:
            certified += 1
            head = {split: np.where(masks[split], answers[split], head[split]) for split in head}
    assert certified >= 4
    assert before - samples["sealed"].losses(head["sealed"]).mean() > 0.02


def test_the_bundle_is_the_rows_and_a_description_that_gives_no_group_away(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    lending.bundle(folder, seed=5)
    said = yaml.safe_load((folder / "competition.yaml").read_text())
    for name, rows in lending.generate(5).items():
        read = pd.read_parquet(folder / said["splits"][name])
        assert list(read.columns) == list(rows.columns)
        assert (read[LABEL] == rows[LABEL]).all()
    assert (said["label"], said["positive_label"], said["model"]["column"]) == (LABEL, REPAID, DECISION)
    assert set(said["columns"]["demographic"]) < set(said["columns"]["features"]) == set(FEATURES)
    assert not any(group.predicate.to_text() in str(said) for group in PLANTED)
