"""A feature that gives the label away is found; a good feature, an odd one and noise are not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bounty.actions.import_bundle import check
from tests.bounty.bundles import SmallBundle, small_bundle
from tests.shared import DATA, needs_shared

Column = Callable[[pd.Series, np.random.Generator], object]


def _one_of_many_words(label: pd.Series, rng: np.random.Generator) -> object:
    return np.char.add(np.where(label == 1, "l", "p"), rng.integers(0, 4, len(label)).astype(str))


def _far_from_the_middle(label: pd.Series, rng: np.random.Generator) -> object:
    return np.where(label == 1, rng.choice([-5, 5], len(label)), 0) + rng.normal(0, 0.1, len(label))


LEAKS: dict[str, Column] = {
    "a copy": lambda label, rng: label,
    "the other way round": lambda label, rng: 1 - label,
    "as words": lambda label, rng: np.where(label == 1, "late", "paid"),
    "as many words": _one_of_many_words,
    "a number beside it": lambda label, rng: label * 10 + rng.normal(0, 0.5, len(label)),
    "two sides of it": _far_from_the_middle,
    "a number as text": lambda label, rng: (label + rng.uniform(0, 0.4, len(label))).astype(str),
    "only whether it is missing": lambda label, rng: np.where(label == 1, np.nan, rng.normal(size=len(label))),
    "a copy with gaps": lambda label, rng: np.where(rng.random(len(label)) < 0.4, np.nan, label),
}
HARMLESS: dict[str, Column] = {
    "noise": lambda label, rng: rng.normal(size=len(label)),
    "noise in few values": lambda label, rng: rng.integers(0, 3, len(label)),
    "noise in words": lambda label, rng: rng.choice(["a", "b", "c"], len(label)),
    "a name of its own for every row": lambda label, rng: [f"name {i}" for i in rng.permutation(10**6)[: len(label)]],
    "one value": lambda label, rng: "same",
    "nothing at all": lambda label, rng: pd.Series([None] * len(label), dtype="str"),
    "right nine times in ten": lambda label, rng: np.where(rng.random(len(label)) < 0.9, label, 1 - label),
}


def _add(bundle: SmallBundle, column: Column, *, seed: int = 1) -> None:
    rng = np.random.default_rng(seed)
    for frame in bundle.frames.values():
        frame["extra"] = column(frame["defaulted"], rng)


@pytest.mark.parametrize("name", LEAKS)
def test_refuses_a_feature_that_gives_the_label_away(small: SmallBundle, name: str) -> None:
    _add(small, LEAKS[name])
    assert small.faults() == [("train.parquet", "extra", 0, "FEATURE_IS_LABEL")]


@pytest.mark.parametrize("name", HARMLESS)
def test_accepts_a_feature_that_does_not(small: SmallBundle, name: str) -> None:
    _add(small, HARMLESS[name])
    assert small.faults() == []


def test_accepts_what_gives_the_label_away_when_it_is_no_feature(small: SmallBundle) -> None:
    _add(small, LEAKS["a copy"])
    small.manifest["columns"]["features"] = ["age", "sex"]
    assert small.faults() == []


def test_is_silent_on_noise_whatever_its_seed(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path / "bundle")
    for seed in range(40):
        rng = np.random.default_rng(seed)
        for frame in bundle.frames.values():
            frame[f"real {seed}"] = rng.normal(size=len(frame))
            frame[f"word {seed}"] = rng.choice([f"w{i}" for i in range(seed + 1)], len(frame))
    assert bundle.faults() == []


def test_finds_a_leak_of_a_rare_label_and_passes_over_noise_beside_it(small: SmallBundle) -> None:
    rng = np.random.default_rng(2)
    for frame in small.frames.values():
        frame["defaulted"] = (np.arange(len(frame)) % 20 == 0).astype(int)
        frame["noise"] = rng.integers(0, 2, len(frame))
        frame["copy"] = frame["defaulted"]
    assert small.faults() == [("train.parquet", "copy", 0, "FEATURE_IS_LABEL")]


def test_finds_a_leak_of_one_label_of_several(small: SmallBundle) -> None:
    rng = np.random.default_rng(3)
    small.manifest |= {"task": "multiclass_classification", "positive_label": "a"}
    for frame in small.frames.values():
        frame["defaulted"] = rng.choice(["a", "b", "c"], len(frame))
        frame["extra"] = frame["defaulted"].map({"a": 3, "b": 1, "c": 2})
    assert small.faults() == [("train.parquet", "extra", 0, "FEATURE_IS_LABEL")]


@pytest.mark.parametrize(("noise", "found"), [(0.001, True), (3.0, False)])
def test_tells_a_scaled_copy_of_a_real_label_from_a_good_feature(real: SmallBundle, noise: float, found: bool) -> None:
    rng = np.random.default_rng(8)
    for frame in real.frames.values():
        frame["extra"] = frame["defaulted"] * -3 + 7 + rng.normal(0, noise, len(frame))
    assert (("train.parquet", "extra", 0, "FEATURE_IS_LABEL") in real.faults()) is found


def test_refuses_predictions_that_are_the_labels(routed: SmallBundle) -> None:
    for frame in routed.frames.values():
        frame["system_b"] = frame["defaulted"]
    assert routed.faults() == [("train.parquet", "system_b", 0, "PREDICTION_IS_LABEL")]


def test_refuses_a_feature_that_is_the_reference_of_a_transcription(transcription: SmallBundle) -> None:
    for frame in transcription.frames.values():
        frame["subtitle"] = frame["defaulted"]
    assert transcription.faults() == [("train.parquet", "subtitle", 0, "FEATURE_IS_LABEL")]


@needs_shared
@pytest.mark.parametrize("name", ["acs-income-ca", "acs-income-us", "edacc-speech", "hatecheck-text"])
def test_is_silent_on_real_data(name: str) -> None:
    assert check(DATA / name) == []
