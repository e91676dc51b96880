"""The platform's own patch, for a group that was submitted alone.

A menu of models is trained on everyone's public rows, once a competition (`fit_everyone`), and again on the group's
own, once a group (`train_patch`); candidate columns are options as they are. The option with the smallest loss on the
group's validation rows is taken, or by cross-validation on train, units kept together, where there is no validation
split. No hidden row is ever seen. Public rows are train rows first, then validation rows. Free text is read as numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias

import numpy as np

from scoring.errors import WrongLengthError
from scoring.free_text import FreeText, learn_free_text
from scoring.losses import Sample, Task
from scoring.recalibration import FOLDS as FOLDS_OF_SCORES
from scoring.recalibration import TASKS, Recalibrated, Scores, recalibrate, score_everyone
from scoring.recipes import Recipe, RecipeError, Trained, build_recipe, train
from scoring.tables import Table
from scoring.types import Answers, Bools, Codes, Floats

VERSION: Final = 2  # of a patch's stored form; 2 reads free text
FOLDS: Final = 5
MIN_GROUP_ROWS: Final = 30  # a model of fewer rows is not worth its time

_MENU: Final = {
    "gradient boosting": build_recipe("sklearn.ensemble.HistGradientBoostingClassifier"),
    "logistic regression": build_recipe("sklearn.linear_model.LogisticRegression", {"C": 0.1}),
    "decision tree": build_recipe("sklearn.tree.DecisionTreeClassifier", {"max_depth": 6, "min_samples_leaf": 20}),
}
_REAL_MENU: Final = {
    "gradient boosting": build_recipe("sklearn.ensemble.HistGradientBoostingRegressor"),
    "ridge regression": build_recipe("sklearn.linear_model.Ridge", {"alpha": 10.0}),
    "decision tree": build_recipe("sklearn.tree.DecisionTreeRegressor", {"max_depth": 6, "min_samples_leaf": 20}),
}


@dataclass(frozen=True)
class PublicRows:
    """All public rows of a competition, the ``n_train`` train rows first.

    ``candidates`` holds the answers (n,) of each column that a patch may route to, in transcription its index.
    """

    table: Table
    sample: Sample
    n_train: int
    task: Task
    n_classes: int = 0
    candidates: Mapping[str, Answers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {self.table.n_rows, self.sample.n, *(len(answers) for answers in self.candidates.values())}
        if len(lengths) != 1 or not 0 < self.n_train <= self.sample.n:
            raise WrongLengthError("Public rows need a table, labels and candidates of one length, and train rows.")

    @property
    def is_train(self) -> Bools:
        """The mask (n,) of the train rows."""
        return np.arange(self.sample.n) < self.n_train


class TrainedOn(StrEnum):
    """Whose rows a model was trained on."""

    EVERYONE = "everyone"
    GROUP = "group"


@dataclass(frozen=True)
class ModelPatch:
    """A patch that is a trained recipe."""

    recipe: Recipe
    trained_on: TrainedOn
    trained: Trained
    text: FreeText

    @property
    def name(self) -> str:
        """The patch in words."""
        listed = (*_MENU.items(), *_REAL_MENU.items())
        words = next((words for words, recipe in listed if recipe == self.recipe), self.recipe.estimator)
        return f"{words} trained on {'everyone' if self.trained_on is TrainedOn.EVERYONE else 'the group'}"

    def to_json(self) -> dict[str, Any]:
        """What `refit` needs besides the public rows and the group."""
        stored = {"version": VERSION, "kind": "model", "trained_on": self.trained_on.value}
        return {**stored, "recipe": self.recipe.to_json()}

    def answers(self, table: Table, candidates: Mapping[str, Answers] | None = None) -> Answers:
        """The answers (n_rows,) on a table with the columns of training."""
        return self.trained.answers(self.text.spread(table))


@dataclass(frozen=True)
class RoutePatch:
    """A patch that answers as a candidate column does."""

    column: str

    @property
    def name(self) -> str:
        """The patch in words."""
        return f"the answers of {self.column}"

    def to_json(self) -> dict[str, Any]:
        """What `refit` needs."""
        return {"version": VERSION, "kind": "route", "column": self.column}

    def answers(self, table: Table, candidates: Mapping[str, Answers] | None = None) -> Answers:
        """The answers (n_rows,) of the column, among the candidates' answers on the table's rows."""
        if candidates is None or self.column not in candidates:
            raise RecipeError(f"There is no candidate column {self.column} to route to.")
        if len(candidates[self.column]) != table.n_rows:
            raise WrongLengthError("A candidate column must have one answer a row.")
        return candidates[self.column]


@dataclass(frozen=True)
class RecalibratedPatch:
    """A patch that is everyone's model, recalibrated on the group."""

    recalibrated: Recalibrated
    name: str = "gradient boosting for everyone, recalibrated on the group"

    def to_json(self) -> dict[str, Any]:
        """What `refit` needs besides the public rows and the group."""
        return {"version": VERSION, "kind": "recalibrated"}

    def answers(self, table: Table, candidates: Mapping[str, Answers] | None = None) -> Answers:
        """The answers (n_rows,) on a table with the columns of training."""
        return self.recalibrated.answers(table)


Patch: TypeAlias = ModelPatch | RoutePatch | RecalibratedPatch


@dataclass(frozen=True)
class Evidence:
    """Why a patch was chosen: its mean loss on the group's ``rows`` public rows that it was not trained on.

    ``method`` is ``validation`` or ``cross_validation``, with ``_of_everyone`` where the group has no such rows;
    ``tried`` the loss of every option by its name; ``hosted_loss`` that of the hosted model on the same rows.
    """

    method: str
    rows: int
    loss: float
    tried: Mapping[str, float]
    hosted_loss: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The evidence as plain JSON values."""
        return {**self.__dict__, "tried": dict(self.tried)}


@dataclass(frozen=True)
class TrainedPatch:
    """The chosen patch and the evidence for it."""

    patch: Patch
    evidence: Evidence

    @property
    def name(self) -> str:
        """The patch in words."""
        return self.patch.name

    def to_json(self) -> dict[str, Any]:
        """The stored form, from which `refit` makes the same patch again."""
        return self.patch.to_json()

    def answers(self, table: Table, candidates: Mapping[str, Answers] | None = None) -> Answers:
        """The answers (n_rows,) on a table; ``candidates`` is needed where the patch is a route."""
        return self.patch.answers(table, candidates)


@dataclass(frozen=True)
class Option:
    """A patch that may be chosen, and its loss on each public row that judges it (NaN elsewhere)."""

    patch: Patch
    losses: Floats


@dataclass(frozen=True)
class Everyone:
    """What does not depend on any group: keep it in memory for the next group of the same competition.

    ``folds`` (n,) numbers the judging rows: all 0 on validation rows, or the fold of each train row; -1 elsewhere. The
    table of ``rows`` has free ``text`` spread into numbers.
    """

    rows: PublicRows
    folds: Codes
    options: tuple[Option, ...]
    text: FreeText
    scores: Scores | None = None


def fit_everyone(rows: PublicRows, *, seed: int = 0) -> Everyone:
    """Train the menu on every train row and judge it, with the candidate columns, on rows it has not seen.

    Source: ALGORITHMS 7, the platform's own patch. ``seed`` draws the folds, where there is no validation split.

    Raises:
        RecipeError: when nothing can be trained and there is no candidate either.

    Example:
        >>> import pandas as pd
        >>> from scoring.losses import Loss
        >>> from scoring.tables import encode
        >>> ages = np.arange(300) % 60
        >>> sample = Sample(Loss.ZERO_ONE, (ages > 30).astype(np.int32))
        >>> rows = PublicRows(encode(pd.DataFrame({"age": ages}), ("age",)), sample, 200, Task.BINARY, n_classes=2)
        >>> patch = train_patch(fit_everyone(rows), ages < 40)
        >>> patch.evidence.method, patch.evidence.rows, round(patch.evidence.loss, 2)
        ('validation', 60, 0.0)
    """
    folds = _folds(rows, seed)
    text, rows = _read_text(rows)
    everyone = np.ones(rows.sample.n, dtype=np.bool_)
    options = _models(rows, folds, everyone, TrainedOn.EVERYONE, text)
    for column, answers in rows.candidates.items():
        options.append(Option(RoutePatch(column), np.where(folds >= 0, rows.sample.losses(answers), np.nan)))
    if not options:
        raise RecipeError("There is no candidate column to route to, and nothing can be trained.")
    return Everyone(rows, folds, tuple(options), text, _scores(rows))


def train_patch(everyone: Everyone, mask: Bools, *, hosted: Answers | None = None) -> TrainedPatch:
    """The patch for the group ``mask`` (n,) of public rows, and why; ``hosted`` (n,) adds the hosted model's loss.

    Of what everyone's rows gave, the smallest loss wins; a model of the group's own rows wins over that only where it
    is better by more than a standard error (of unit totals), because it was fitted on few rows and judged on fewer.
    On ACS California and all states, over 17 groups, that rule removed as much or more of the sealed loss than the
    plain smallest loss.
    """
    rows = everyone.rows
    if mask.dtype != np.bool_ or mask.shape != (rows.sample.n,):
        raise WrongLengthError("The group needs one truth value for each public row.")
    judging = mask & (everyone.folds >= 0)
    method = "validation" if rows.n_train < rows.sample.n else "cross_validation"
    own = [*_own_models(everyone, mask), *_recalibrated(everyone, mask)] if judging.any() else []
    if not judging.any():
        judging, method = everyone.folds >= 0, f"{method}_of_everyone"
    chosen = _better(rows.sample, _best(rows.sample, everyone.options, judging), own, judging)
    tried = {option.patch.name: _mean_loss(rows.sample, option.losses, judging) for option in (*everyone.options, *own)}
    hosted_loss = None if hosted is None else _mean_loss(rows.sample, rows.sample.losses(hosted), judging)
    evidence = Evidence(method, int(judging.sum()), tried[chosen.patch.name], tried, hosted_loss)
    return TrainedPatch(chosen.patch, evidence)


def refit(stored: object, rows: PublicRows, mask: Bools) -> Patch:
    """The patch that ``stored`` (JSON already decoded) describes, trained again: the same answers as the first time.

    ``rows`` and ``mask`` must be the public rows and the group it was trained for.

    Raises:
        RecipeError: for anything that is not a patch's stored form.
    """
    if not isinstance(stored, dict) or stored.get("version") != VERSION:
        raise RecipeError(f"The stored patch is not of version {VERSION}.")
    if set(stored) == {"version", "kind", "column"} and stored["kind"] == "route" and isinstance(stored["column"], str):
        return RoutePatch(stored["column"])
    if stored == {"version": VERSION, "kind": "recalibrated"}:
        return _refit_recalibrated(rows, mask)
    is_model = set(stored) == {"version", "kind", "trained_on", "recipe"} and stored["kind"] == "model"
    if not is_model or stored["trained_on"] not in tuple(TrainedOn):
        raise RecipeError("The stored patch is neither a model nor a route.")
    trained_on = TrainedOn(stored["trained_on"])
    among = mask if trained_on is TrainedOn.GROUP else np.ones(rows.sample.n, dtype=np.bool_)
    recipe = Recipe.from_json(stored["recipe"])
    text, rows = _read_text(rows)
    return ModelPatch(recipe, trained_on, _fit(recipe, rows, among & rows.is_train), text)


def _refit_recalibrated(rows: PublicRows, mask: Bools) -> Patch:
    text, rows = _read_text(rows)
    scores = _scores(rows)
    if scores is None:
        raise RecipeError("Nothing can be recalibrated on these rows.")
    return RecalibratedPatch(recalibrate(scores, text, mask[: rows.n_train]))


def _scores(rows: PublicRows) -> Scores | None:
    """Everyone's scores for recalibration; only beside a validation split, which judges what comes of them."""
    if rows.task not in TASKS or not rows.table.columns or rows.n_train == rows.sample.n:
        return None
    sample = rows.sample.take(np.arange(rows.n_train))
    units = np.arange(sample.n) if sample.units is None else sample.units
    folds = (units % FOLDS_OF_SCORES).astype(np.int32)
    if len(np.unique(folds)) < FOLDS_OF_SCORES:
        return None
    table = rows.table.take(np.arange(rows.n_train))
    return score_everyone(table, sample.labels, sample.weights, task=rows.task, folds=folds)


def _recalibrated(everyone: Everyone, mask: Bools) -> list[Option]:
    """Everyone's model recalibrated on the group, judged on its validation rows."""
    rows, train_mask = everyone.rows, mask[: everyone.rows.n_train]
    if everyone.scores is None or train_mask.sum() < MIN_GROUP_ROWS:
        return []
    patch = recalibrate(everyone.scores, everyone.text, train_mask)
    judged = np.flatnonzero(mask & (everyone.folds >= 0))
    losses = np.full(rows.sample.n, np.nan)
    losses[judged] = rows.sample.take(judged).losses(patch.answers(rows.table.take(judged)))
    return [Option(RecalibratedPatch(patch), losses)]


def _read_text(rows: PublicRows) -> tuple[FreeText, PublicRows]:
    """What train's free text teaches, and the rows with it spread into numbers."""
    if rows.task is Task.TRANSCRIPTION:  # nothing is trained
        return FreeText({}), rows
    text = learn_free_text(rows.table.take(np.flatnonzero(rows.is_train)))
    return text, replace(rows, table=text.spread(rows.table))


def _folds(rows: PublicRows, seed: int) -> Codes:
    if rows.n_train < rows.sample.n:
        return np.where(rows.is_train, -1, 0).astype(np.int32)
    units = rows.sample.units if rows.sample.units is not None else np.arange(rows.sample.n)
    _, numbers = np.unique(units, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(int(numbers.max()) + 1)
    return np.asarray(drawn[numbers] % FOLDS, dtype=np.int32)


def _own_models(everyone: Everyone, mask: Bools) -> list[Option]:
    """The menu trained on the group's rows, where every part trained on is large enough and not everyone's."""
    rows, folds = everyone.rows, everyone.folds
    own = mask & rows.is_train
    smallest = min(int((own & (folds != fold)).sum()) for fold in np.unique(folds[mask & (folds >= 0)]))
    if smallest < MIN_GROUP_ROWS or own.sum() == rows.n_train:
        return []
    return _models(rows, folds, mask, TrainedOn.GROUP, everyone.text)


def _models(rows: PublicRows, folds: Codes, among: Bools, trained_on: TrainedOn, text: FreeText) -> list[Option]:
    """The menu trained on the train rows ``among``, each judged on rows ``among`` of the folds it has not seen."""
    one_unit = rows.n_train == rows.sample.n and folds.max() == 0
    if rows.task is Task.TRANSCRIPTION or not rows.table.columns or one_unit:
        return []
    menu = _REAL_MENU if rows.task is Task.REGRESSION else _MENU
    options = []
    for recipe in menu.values():
        trained = _fit(recipe, rows, among & rows.is_train)
        losses = np.full(rows.sample.n, np.nan)
        for fold in np.unique(folds[folds >= 0]):
            unseen = np.flatnonzero(among & (folds == fold))
            if len(unseen):
                # Validation rows are unseen by the model itself; folds of train need one that leaves them out.
                seen = among & rows.is_train & (folds != fold)
                judged = trained if rows.n_train < rows.sample.n else _fit(recipe, rows, seen)
                losses[unseen] = rows.sample.take(unseen).losses(judged.answers(rows.table.take(unseen)))
        options.append(Option(ModelPatch(recipe, trained_on, trained, text), losses))
    return options


def _fit(recipe: Recipe, rows: PublicRows, chosen: Bools) -> Trained:
    places = np.flatnonzero(chosen)
    sample = rows.sample
    weights = None if sample.weights is None else sample.weights[places]
    table, labels = rows.table.take(places), sample.labels[places]
    return train(recipe, table, labels, task=rows.task, n_classes=rows.n_classes, weights=weights)


def _best(sample: Sample, options: tuple[Option, ...] | list[Option], judging: Bools) -> Option:
    """The smallest loss; of equals the first."""
    return min(options, key=lambda option: _mean_loss(sample, option.losses, judging))


def _better(sample: Sample, best: Option, own: list[Option], judging: Bools) -> Option:
    """The best of the group's own where it beats ``best`` by more than a standard error, else ``best``."""
    if not own:
        return best
    rival = _best(sample, own, judging)
    weights = np.ones(sample.n) if sample.weights is None else sample.weights
    gains = (weights * (best.losses - rival.losses))[judging]
    units = np.arange(len(gains)) if sample.units is None else sample.units[judging]
    _, numbers = np.unique(units, return_inverse=True)
    totals = np.bincount(numbers, weights=gains)
    error = np.sqrt(len(totals)) * totals.std(ddof=1) if len(totals) > 1 else np.inf
    return rival if totals.sum() > error else best


def _mean_loss(sample: Sample, losses: Floats, judging: Bools) -> float:
    weights = None if sample.weights is None else sample.weights[judging]
    return float(np.average(losses[judging], weights=weights))
