"""The platform's own patch, for a group that was submitted alone.

A menu of models is trained on everyone's public rows, once a competition (`fit_everyone`), and again on the group's
own, once a group (`train_patch`); candidate columns are options as they are. The option with the smallest loss on the
group's validation rows is taken, or by cross-validation on train, units kept together, where there is no validation
split. No hidden row is ever seen. Public rows are train rows first, then validation rows. Free text is read as numbers.

Where a competition holds false rejections within a bound, models that were trained to keep it are options too, and
only options that keep it on the group's validation rows are taken; where none does, the one that comes closest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from scoring.choice import Judge, Option
from scoring.errors import WrongLengthError
from scoring.free_text import FreeText, learn_free_text
from scoring.losses import Sample, Task
from scoring.patches import (
    HELD_MENU,
    MENU,
    REAL_MENU,
    VERSION,
    Held,
    ModelPatch,
    Patch,
    RecalibratedPatch,
    RoutePatch,
    TrainedOn,
)
from scoring.recalibration import FOLDS as FOLDS_OF_SCORES
from scoring.recalibration import TASKS, Scores, recalibrate, score_everyone
from scoring.recipes import Recipe, RecipeError, Trained, train
from scoring.rejections import Bound, Named, Reduction, named_groups
from scoring.tables import Table
from scoring.types import Answers, Bools, Codes

FOLDS: Final = 5
MIN_GROUP_ROWS: Final = 30  # a model of fewer rows is not worth its time


@dataclass(frozen=True)
class PublicRows:
    """All public rows of a competition, the ``n_train`` train rows first.

    ``candidates`` holds the answers (n,) of each column that a patch may route to, in transcription its index;
    ``bound`` is what false rejections are held to, where the organiser asks for one.

    Raises:
        RecipeError: for a bound where the task is not binary with a positive class, or nothing is validated on.
    """

    table: Table
    sample: Sample
    n_train: int
    task: Task
    n_classes: int = 0
    candidates: Mapping[str, Answers] = field(default_factory=dict)
    bound: Bound | None = None

    def __post_init__(self) -> None:
        lengths = {self.table.n_rows, self.sample.n, *(len(answers) for answers in self.candidates.values())}
        if len(lengths) != 1 or not 0 < self.n_train <= self.sample.n:
            raise WrongLengthError("Public rows need a table, labels and candidates of one length, and train rows.")
        if self.bound is None:
            return
        if self.task is not Task.BINARY or self.sample.positive is None or self.n_train == self.sample.n:
            raise RecipeError("False rejections are held together in binary tasks with validation rows only.")

    @property
    def is_train(self) -> Bools:
        """The mask (n,) of the train rows."""
        return np.arange(self.sample.n) < self.n_train


@dataclass(frozen=True)
class Evidence:
    """Why a patch was chosen: its mean loss on the group's ``rows`` public rows that it was not trained on.

    ``method`` is ``validation`` or ``cross_validation``, with ``_of_everyone`` where the group has no such rows;
    ``tried`` the loss of every option by its name; ``hosted_loss`` that of the hosted model on the same rows;
    ``rejections`` what a bound asks and what it found on them, with the option that would have been taken without it.
    """

    method: str
    rows: int
    loss: float
    tried: Mapping[str, float]
    hosted_loss: float | None = None
    rejections: Mapping[str, Any] | None = None

    @property
    def keeps_the_bound(self) -> bool:
        """Whether the bound holds on those rows; a bound that is not asked for, or cannot be measured, does."""
        return self.rejections is None or bool(self.rejections["holds"])

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
class Everyone:
    """What does not depend on any group: keep it in memory for the next group of the same competition.

    ``folds`` (n,) numbers the judging rows: all 0 on validation rows, or the fold of each train row; -1 elsewhere. The
    table of ``rows`` has free ``text`` spread into numbers; ``named`` are the groups that the bound is about.
    """

    rows: PublicRows
    folds: Codes
    options: tuple[Option, ...]
    text: FreeText
    scores: Scores | None = None
    named: Named | None = None


def fit_everyone(rows: PublicRows, *, seed: int = 0) -> Everyone:
    """Train the menu on every train row and judge it, with the candidate columns, on rows it has not seen.

    Source: ALGORITHMS 7, the platform's own patch. ``seed`` draws the folds, where there is no validation split.

    Raises:
        RecipeError: when nothing can be trained and there is no candidate either, or the bound names no groups.

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
    named = None if rows.bound is None else named_groups(rows.table, rows.bound.column)
    text, rows = _read_text(rows)
    everyone = np.ones(rows.sample.n, dtype=np.bool_)
    options = _models(rows, folds, everyone, TrainedOn.EVERYONE, text)
    options += _held_models(rows, everyone, TrainedOn.EVERYONE, text, named)
    for column, answers in rows.candidates.items():
        options.append(Option(RoutePatch(column), np.where(folds >= 0, rows.sample.losses(answers), np.nan)))
    if not options:
        raise RecipeError("There is no candidate column to route to, and nothing can be trained.")
    return Everyone(rows, folds, tuple(options), text, _scores(rows), named)


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
    judge = Judge(rows.sample, judging, rows.bound, everyone.named)
    shared, own = judge.best_of_a_name(everyone.options), judge.best_of_a_name(own)
    chosen, told = judge.choose(shared, own)
    tried = {option.patch.name: judge.loss(option) for option in (*shared, *own)}
    hosted_loss = None if hosted is None else judge.mean(rows.sample.losses(hosted))
    evidence = Evidence(method, int(judging.sum()), judge.loss(chosen), tried, hosted_loss, told)
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
    known = {"version", "kind", "trained_on", "recipe"} | ({"held"} if stored.get("kind") == "held" else set())
    if set(stored) != known or stored["kind"] not in ("model", "held") or stored["trained_on"] not in tuple(TrainedOn):
        raise RecipeError("The stored patch is neither a model nor a route.")
    trained_on = TrainedOn(stored["trained_on"])
    among = mask if trained_on is TrainedOn.GROUP else np.ones(rows.sample.n, dtype=np.bool_)
    recipe = Recipe.from_json(stored["recipe"])
    if stored["kind"] == "held":
        return _refit_held(stored["held"], recipe, rows, among, trained_on)
    text, rows = _read_text(rows)
    return ModelPatch(recipe, trained_on, _fit(recipe, rows, among & rows.is_train), text)


def _refit_held(stored: object, recipe: Recipe, rows: PublicRows, among: Bools, trained_on: TrainedOn) -> Patch:
    held = Held.from_json(stored)
    named = named_groups(rows.table, held.bound.column)
    text, rows = _read_text(replace(rows, bound=held.bound))
    trained = _reduction(recipe, rows, among & rows.is_train, named, held.bound).model(list(held.multipliers))
    return ModelPatch(recipe, trained_on, trained, text, held)


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
    models = _models(rows, folds, mask, TrainedOn.GROUP, everyone.text)
    return models + _held_models(rows, mask, TrainedOn.GROUP, everyone.text, everyone.named)


def _models(rows: PublicRows, folds: Codes, among: Bools, trained_on: TrainedOn, text: FreeText) -> list[Option]:
    """The menu trained on the train rows ``among``, each judged on rows ``among`` of the folds it has not seen."""
    one_unit = rows.n_train == rows.sample.n and folds.max() == 0
    if rows.task is Task.TRANSCRIPTION or not rows.table.columns or one_unit:
        return []
    menu = REAL_MENU if rows.task is Task.REGRESSION else MENU
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


def _held_models(
    rows: PublicRows, among: Bools, trained_on: TrainedOn, text: FreeText, named: Named | None
) -> list[Option]:
    """The models that were trained on the train rows ``among`` to keep the bound, judged on its validation rows."""
    if named is None or rows.bound is None or not rows.table.columns:
        return []
    unseen = np.flatnonzero(among & ~rows.is_train)
    table, sample = rows.table.take(unseen), rows.sample.take(unseen)
    options = []
    for recipe in HELD_MENU:
        for multipliers, trained in _reduction(recipe, rows, among & rows.is_train, named, rows.bound).models():
            losses = np.full(rows.sample.n, np.nan)
            losses[unseen] = sample.losses(trained.answers(table))
            held = Held(rows.bound, tuple(multipliers))
            options.append(Option(ModelPatch(recipe, trained_on, trained, text, held), losses))
    return options


def _reduction(recipe: Recipe, rows: PublicRows, chosen: Bools, named: Named, bound: Bound) -> Reduction:
    places, sample = np.flatnonzero(chosen), rows.sample
    weights = None if sample.weights is None else sample.weights[places]
    assert sample.positive is not None  # checked when the rows were made
    table, labels = rows.table.take(places), sample.labels[places]
    return Reduction(recipe, table, labels, weights, named.take(places), sample.positive, bound.within)


def _fit(recipe: Recipe, rows: PublicRows, chosen: Bools) -> Trained:
    places = np.flatnonzero(chosen)
    sample = rows.sample
    weights = None if sample.weights is None else sample.weights[places]
    table, labels = rows.table.take(places), sample.labels[places]
    return train(recipe, table, labels, task=rows.task, n_classes=rows.n_classes, weights=weights)
