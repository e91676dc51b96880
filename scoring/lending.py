"""A generated consumer-lending data set: the competition that ships with the platform.

Nobody in it exists. A lender's model was trained on its own history: people whom the credit bureau's score understated
had been refused then and left no record in it, so the model takes every score at its word. Then, for a trial, everybody
who applied was granted the loan; the rows are that trial, and the label says who repaid. Six groups' scores are
understated by a known number of points, each for a reason that has happened to real people. Outside them the model is
as good as any can be (within .01); whoever finds one of them and predicts it better removes that loss. The true chance
of repayment is known for every row (`repayment_chance`), and so is the size of each weakness:

    group                                                         understated   weight   excess error
    women under 25 (short files)                                    60 points    6.4 %       .19
    Spanish speakers in the South (files mixed up by name)          75 points    4.2 %       .25
    disabled people who rent (benefits not counted)                 65 points    4.3 %       .19
    Black applicants aged 45 to 64 (old refusals held against)      65 points    4.6 %       .18
    men of 65 and over (a pension read as no work)                  45 points    6.0 %       .10
    Asian applicants for a business loan (family loans unseen)      85 points    1.6 %       .31

Weight is the share of people; excess error is the hosted model's error beyond the best possible on those rows. Most
of it is false rejection. The last group is the hard one: some 125 rows of the sealed split. All follows from the seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import yaml

from scoring.losses import Task
from scoring.predicates import Predicate, evaluate, parse
from scoring.recipes import Trained, build_recipe, train
from scoring.tables import encode
from scoring.types import Floats

LABEL: Final = "outcome"
REPAID: Final = "repaid"
DEFAULTED: Final = "defaulted"
DECISION: Final = "lender_expects"
ID: Final = "application_id"
SPLITS: Final[Mapping[str, int]] = {
    "train": 6_000,
    "validation": 2_000,
    "holdout": 4_000,
    "guard": 4_000,
    "sealed": 8_000,
}
DEMOGRAPHIC: Final = ("age_band", "sex", "ethnicity", "first_language", "disability", "region")
FEATURES: Final = (
    *("age", *DEMOGRAPHIC, "home_ownership", "income", "employment_years", "debt_to_income"),
    *("credit_history_months", "late_payments", "bureau_score", "loan_amount", "loan_purpose"),
)


@dataclass(frozen=True)
class PlantedGroup:
    """A group that the hosted model fails: by how many points the bureau understates its score, and the effect.

    ``weight`` is its share of people, ``excess_error`` the hosted model's error beyond the best possible, both of the
    whole population that `generate` draws from.
    """

    predicate: Predicate
    understated_points: float
    weight: float
    excess_error: float


PLANTED: Final = (
    PlantedGroup(parse("sex == 'Female' and age_band == '18-24'"), 60, 0.064, 0.19),
    PlantedGroup(parse("first_language == 'Spanish' and region == 'South'"), 75, 0.042, 0.25),
    PlantedGroup(parse("disability == 'Yes' and home_ownership == 'Rent'"), 65, 0.043, 0.19),
    PlantedGroup(parse("ethnicity == 'Black' and age_band in ('45-54', '55-64')"), 65, 0.046, 0.18),
    PlantedGroup(parse("sex == 'Male' and age_band == '65+'"), 45, 0.060, 0.10),
    PlantedGroup(parse("ethnicity == 'Asian' and loan_purpose == 'Business'"), 85, 0.016, 0.31),
)
HOSTED: Final = build_recipe("sklearn.linear_model.LogisticRegression")
_HISTORY_ROWS: Final = 20_000
_SEEN_IN_HISTORY: Final = 0.05  # of the understated: the others were refused then, and left no record
_BANDS: Final = {"18-24": (18, 24), "25-34": (25, 34), "35-44": (35, 44), "45-54": (45, 54), "55-64": (55, 64)}
_AGES: Final = {**_BANDS, "65+": (65, 80)}
_AGE_SHARES: Final = (0.13, 0.22, 0.20, 0.18, 0.15, 0.12)
_ETHNICITIES: Final = {"White": 0.50, "Hispanic": 0.19, "Black": 0.14, "Asian": 0.12, "Other": 0.05}
_REGIONS: Final = {"North": 0.24, "South": 0.32, "East": 0.23, "West": 0.21}
_PURPOSES: Final = {
    "Debt consolidation": 0.38,
    "Car": 0.24,
    "Home improvement": 0.15,
    "Business": 0.13,
    "Medical": 0.10,
}


def generate(seed: int) -> dict[str, pd.DataFrame]:
    """The splits, each a frame of an id, the features, the label and the lender's expectation. One seed, one data set.

    Example:
        >>> splits = generate(seed=7)
        >>> {name: len(rows) for name, rows in splits.items()}
        {'train': 6000, 'validation': 2000, 'holdout': 4000, 'guard': 4000, 'sealed': 8000}
        >>> sorted(splits["train"]["outcome"].unique())
        ['defaulted', 'repaid']
    """
    dice = np.random.default_rng(seed)
    lender = train_lender(dice)
    rows = draw(sum(SPLITS.values()), dice)
    rows.insert(0, ID, 100_000 + dice.permutation(len(rows)))
    rows[DECISION] = decide(lender, rows)
    ends = np.cumsum(list(SPLITS.values())).tolist()
    return {
        name: rows.iloc[end - size : end].reset_index(drop=True)
        for (name, size), end in zip(SPLITS.items(), ends, strict=True)
    }


def train_lender(dice: np.random.Generator) -> Trained:
    """The hosted model: `HOSTED` trained on the lender's history, which hardly holds anybody who was understated."""
    past = draw(_HISTORY_ROWS, dice)
    kept = (understated_points(past) == 0) | (dice.random(len(past)) < _SEEN_IN_HISTORY)
    history = past[kept].reset_index(drop=True)
    labels = (history[LABEL] == REPAID).to_numpy().astype(np.int32)
    return train(HOSTED, encode(history, FEATURES), labels, task=Task.BINARY, n_classes=2)


def decide(lender: Trained, rows: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """What the lender expects of each loan (n,), in the label's own words."""
    return np.array([DEFAULTED, REPAID], dtype=object)[lender.answers(encode(rows, FEATURES))]


def draw(n: int, dice: np.random.Generator) -> pd.DataFrame:
    """``n`` people: the features and the label."""
    rows = _people(n, dice)
    _add_finances(rows, dice)
    fair = 660 + 55 * _standing(rows) + dice.normal(0, 45, n)
    rows["bureau_score"] = np.clip(fair - understated_points(rows), 300, 850).round().astype(np.int64)
    repaid = dice.random(n) < repayment_chance(rows)
    # What is forgotten acts on the score alone, so the chance stays a function of what is left.
    for column in ("employment_years", "credit_history_months"):
        rows[column] = rows[column].where(dice.random(n) >= 0.04)
    rows[LABEL] = np.where(repaid, REPAID, DEFAULTED)
    return rows[[*FEATURES, LABEL]]


def repayment_chance(rows: pd.DataFrame) -> Floats:
    """The true chance (n,) that each loan is repaid, a function of the features: what the best possible model knows."""
    fair_score = rows["bureau_score"] + understated_points(rows)
    income = np.log(rows["income"] / 45_000)
    burden = rows["loan_amount"] / rows["income"]
    log_odds = (fair_score - 625) / 24 + 0.7 * income - 3 * (rows["debt_to_income"] - 0.3) - 0.8 * (burden - 0.3)
    return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)


def understated_points(rows: pd.DataFrame) -> Floats:
    """By how many points (n,) the bureau understates each person's score; the largest of their groups counts."""
    people = encode(rows, tuple(column for column in FEATURES if column in rows))
    points = [group.understated_points * evaluate(group.predicate, people) for group in PLANTED]
    return np.asarray(np.max(points, axis=0), dtype=np.float64)


def bundle(path: Path, seed: int) -> None:
    """Write the data set as an organiser's bundle: competition.yaml and a Parquet file a split.

    ``path`` is the folder, made if need be. The file names no planted group: they are for entrants to find.
    """
    path.mkdir(parents=True, exist_ok=True)
    for name, rows in generate(seed).items():
        rows.to_parquet(path / f"{name}.parquet", index=False)
    (path / "competition.yaml").write_text(yaml.safe_dump(_manifest(), sort_keys=False), encoding="utf-8")


def _manifest() -> dict[str, Any]:
    return {
        "format": 1,
        "slug": "lending",
        "title": "Who is refused a loan they would repay?",
        "summary": "Find the people whose repayment the lender's model predicts worse than others', and repair it.",
        "licence": "CC0 1.0 (generated; nobody in it exists)",
        "source": "Generated by scoring.lending, which documents how",
        "task": "binary_classification",
        "label": LABEL,
        "positive_label": REPAID,
        "id": ID,
        "loss": "zero_one",
        "harm": "false_negative_rate",
        "columns": {"demographic": list(DEMOGRAPHIC), "features": list(FEATURES)},
        "splits": {name: f"{name}.parquet" for name in SPLITS},
        "model": {"kind": "predictions", "column": DECISION},
        "rules": {
            "mode": "certified",
            "require": ["underperformance", "repair"],
            "max_group_weight": 0.5,
            "min_group_rows": 100,
            "candidates_per_round": 5,
            "submissions_per_day": 50,
        },
    }


def _people(n: int, dice: np.random.Generator) -> pd.DataFrame:
    band = dice.choice(list(_AGES), n, p=_AGE_SHARES)
    ends = np.array([_AGES[name] for name in band])
    rows = pd.DataFrame({"age": dice.integers(ends[:, 0], ends[:, 1], endpoint=True), "age_band": band})
    rows["sex"] = dice.choice(["Female", "Male"], n)
    rows["ethnicity"] = dice.choice(list(_ETHNICITIES), n, p=list(_ETHNICITIES.values()))
    rows["region"] = dice.choice(list(_REGIONS), n, p=list(_REGIONS.values()))
    rows["first_language"] = "English"
    other = {"Hispanic": 0.0, "Asian": 0.5}
    rows.loc[dice.random(n) < rows["ethnicity"].map(other).fillna(0.05), "first_language"] = "Other"
    rows.loc[(rows["ethnicity"] == "Hispanic") & (dice.random(n) < 0.70), "first_language"] = "Spanish"
    disabled = dice.random(n) < np.where(rows["age"] >= 55, 0.18, 0.08)
    rows["disability"] = pd.Series(np.where(disabled, "Yes", "No"), dtype=object).where(dice.random(n) >= 0.03)
    return rows


def _add_finances(rows: pd.DataFrame, dice: np.random.Generator) -> None:
    n, working_years = len(rows), np.clip(rows["age"] - 20, 0, 45)
    owns = dice.random(n)
    ownership = np.select([owns < 0.15 + working_years / 200, owns < 0.65], ["Own", "Mortgage"], "Rent")
    rows["home_ownership"] = np.where(rows["age"] < 25, "Rent", ownership)
    rows["employment_years"] = (working_years * dice.beta(1.2, 2, n)).round(1)
    log_income = 10.55 + 0.012 * working_years - 0.06 * (rows["sex"] == "Female") + dice.normal(0, 0.42, n)
    rows["income"] = np.exp(log_income).round(-2).astype(np.int64)
    rows["debt_to_income"] = np.clip(dice.gamma(6, 0.052, n), 0.01, 0.95).round(3)
    rows["credit_history_months"] = (12 * working_years * dice.beta(3, 2, n) + dice.integers(3, 30, n)).round()
    rows["late_payments"] = dice.poisson(0.7, n)
    rows["loan_purpose"] = dice.choice(list(_PURPOSES), n, p=list(_PURPOSES.values()))
    rows["loan_amount"] = (rows["income"] * np.clip(dice.gamma(3, 0.1, n), 0.02, 1.2)).round(-2).astype(np.int64)


def _standing(rows: pd.DataFrame) -> Floats:
    """What a fair bureau makes of a person, about 0 on average at every age and 1 in spread."""
    years = np.clip(rows["age"] - 20, 0, 45)
    history = rows["credit_history_months"] / 12 - 0.6 * years
    standing = 0.06 * history + 0.04 * (rows["employment_years"] - 0.375 * years) - 0.75 * (rows["late_payments"] - 0.7)
    return np.asarray(standing, dtype=np.float64)
