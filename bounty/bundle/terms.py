"""What the keys of competition.yaml must say together: task and loss, columns and their parts, model, rules."""

from collections import Counter
from typing import Final

from bounty.bundle.manifest import PredictionsModel, SklearnModel
from bounty.bundle.reading import Bundle
from scoring.harms import OF_POSITIVES, Harm
from scoring.losses import Loss, Task
from scoring.merge import Mode
from scoring.recipes import RecipeError, build_recipe
from scoring.rejections import MOST_GROUPS
from scoring.sandbox.lowered import faults

LOSSES: Final = {
    Task.BINARY: (Loss.ZERO_ONE,),
    Task.MULTICLASS: (Loss.ZERO_ONE,),
    Task.REGRESSION: (Loss.SQUARED, Loss.ABSOLUTE),
    Task.PROBABILITY: (Loss.LOG_LOSS, Loss.SQUARED),  # proper ones: who answers what they believe does best
    Task.TRANSCRIPTION: (Loss.WORD_ERROR_RATE,),
}
HARMS: Final = {
    Task.BINARY: frozenset({Harm.ERROR, Harm.MEAN_LOSS, Harm.CALIBRATION_GAP}) | OF_POSITIVES,
    Task.MULTICLASS: frozenset({Harm.ERROR, Harm.MEAN_LOSS, Harm.CALIBRATION_GAP}) | OF_POSITIVES,
    Task.REGRESSION: frozenset({Harm.MEAN_LOSS, Harm.CALIBRATION_GAP}),
    Task.PROBABILITY: frozenset({Harm.ERROR, Harm.MEAN_LOSS, Harm.CALIBRATION_GAP}) | OF_POSITIVES,
    Task.TRANSCRIPTION: frozenset({Harm.MEAN_LOSS, Harm.WORD_ERROR_RATE}),
}
NO_LICENCE: Final = frozenset({"?", "-", "n/a", "na", "none", "tba", "tbd", "todo", "unknown", "unlicensed"})


def check(bundle: Bundle) -> None:
    """Note what does not go together; nothing here needs a row."""
    _check_task(bundle)
    _check_positive_label(bundle)
    _check_parts(bundle)
    _check_columns(bundle)
    _check_model(bundle)
    _check_rules(bundle)
    _check_false_rejections(bundle)
    draft = bundle.draft
    missing = [split for split in ("train", "holdout", "sealed") if getattr(draft.splits, split) is None]
    for split in missing if not bundle.doubts("splits") else ():
        bundle.refuse(("splits", split), "SPLIT_MISSING", f"The split {split} is missing.")
    if draft.licence and draft.licence.strip(" .").lower() in NO_LICENCE:
        bundle.refuse(("licence",), "LICENCE_MISSING", "Name the licence or the terms the data may be used under.")
    if draft.opens_at and draft.closes_at and draft.closes_at <= draft.opens_at:
        bundle.refuse(("closes_at",), "DATES_REVERSED", "closes_at must come after opens_at.")
    _check_round_times(bundle)


def _check_round_times(bundle: Bundle) -> None:
    draft, seen = bundle.draft, set()
    for i, at in enumerate(draft.round_times):
        if at in seen:
            bundle.refuse(("round_times", i), "VALUE_WRONG", "round_times names the same time twice.")
        seen.add(at)
        too_early = draft.opens_at is not None and at <= draft.opens_at
        if too_early or (draft.closes_at is not None and at > draft.closes_at):
            sentence = "A round opens after opens_at, and not after closes_at."
            bundle.refuse(("round_times", i), "DATES_REVERSED", sentence)


def _check_task(bundle: Bundle) -> None:
    draft = bundle.draft
    if draft.task is None:
        return
    name = draft.task.value.replace("_", " ")
    if draft.loss and draft.loss not in LOSSES[draft.task]:
        choices = " or ".join(loss.value for loss in LOSSES[draft.task])
        bundle.refuse(("loss",), "LOSS_UNSUITED", f"The loss of {name} is {choices}.")
    if draft.harm and draft.harm not in HARMS[draft.task]:
        choices = ", ".join(sorted(harm.value for harm in HARMS[draft.task]))
        bundle.refuse(("harm",), "HARM_UNSUITED", f"The harm of {name} is one of {choices}.")
    if draft.label_range and draft.task is not Task.REGRESSION:
        bundle.refuse(("label_range",), "KEY_UNSUITED", f"label_range is for regression, not for {name}.")
    if draft.largest_error and draft.task is not Task.REGRESSION:
        bundle.refuse(("largest_error",), "KEY_UNSUITED", f"largest_error is for regression, not for {name}.")
    if draft.label_range and not draft.label_range[0] < draft.label_range[1]:
        bundle.refuse(("label_range",), "VALUE_WRONG", "The low end of label_range must be below its high end.")


def _check_positive_label(bundle: Bundle) -> None:
    draft = bundle.draft
    of_positives = OF_POSITIVES | {Harm.CALIBRATION_GAP}
    about_positives = draft.task in {Task.BINARY, Task.PROBABILITY} or (
        draft.task is Task.MULTICLASS and draft.harm in of_positives
    )
    if about_positives and draft.positive_label is None and "positive_label" not in bundle.document.values:
        bundle.refuse(("positive_label",), "KEY_MISSING", "The key positive_label is missing.")
    if draft.positive_label is not None and draft.task in {Task.REGRESSION, Task.TRANSCRIPTION}:
        bundle.refuse(("positive_label",), "KEY_UNSUITED", "positive_label is for classification only.")


def _check_parts(bundle: Bundle) -> None:
    """A column plays one part: label, id, unit or weight."""
    parts: dict[str, str] = {}
    for part in ("label", "id", "unit", "row_weight"):
        name = getattr(bundle.draft, part)
        if name is not None and name in parts:
            bundle.refuse((part,), "COLUMN_TWO_PARTS", f"{name} is the {parts[name]} already; it cannot be the {part}.")
        elif name is not None:
            parts[name] = part


def _check_columns(bundle: Bundle) -> None:
    draft, columns = bundle.draft, bundle.draft.columns
    features = [] if columns.features == "all" else columns.features
    for key, names in (("features", features), ("demographic", columns.demographic)):
        for name, times in Counter(names).items():
            if times > 1:
                bundle.refuse(("columns", key), "COLUMN_LISTED_TWICE", f"{name} is listed {times} times.")
    for part in ("label", "id", "unit"):
        name = getattr(draft, part)
        if name is not None and name in features:
            bundle.refuse(("columns", "features"), "FEATURE_HIDDEN", f"{name} is the {part}: never a feature.")
    for name in columns.demographic:
        if name in set(bundle.names) - set(bundle.features):
            sentence = f"{name} is no feature, so no group could name it; add it to the features."
            bundle.refuse(("columns", "demographic"), "DEMOGRAPHIC_NO_FEATURE", sentence)


def _check_model(bundle: Bundle) -> None:
    draft, model = bundle.draft, bundle.draft.model
    if isinstance(model, SklearnModel):
        _check_recipe(bundle, model)
    if isinstance(model, PredictionsModel):
        for name, times in Counter(draft.prediction_columns).items():
            if times > 1:
                sentence = f"{name} is named {times} times among the model's column and the candidates."
                bundle.refuse(("model", "candidates"), "COLUMN_LISTED_TWICE", sentence)
            if name in {draft.label, draft.id, draft.unit, draft.row_weight}:
                bundle.refuse(("model",), "COLUMN_TWO_PARTS", f"{name} cannot be a column of predictions as well.")


def _check_recipe(bundle: Bundle, model: SklearnModel) -> None:
    try:
        allowed = build_recipe(model.estimator).allowed
    except RecipeError as error:
        bundle.refuse(("model", "estimator"), "RECIPE_REFUSED", str(error))
        return
    task = bundle.draft.task
    if task is not None and not allowed.does(task):
        name = task.value.replace("_", " ")
        bundle.refuse(("model", "estimator"), "RECIPE_REFUSED", f"{model.estimator} does not do {name}.")
    train, neighbours = bundle.readable.get("train"), model.params.get("n_neighbors")
    if train is not None and isinstance(neighbours, int) and neighbours > len(train.rows):
        key = ("model", "params", "n_neighbors")
        bundle.refuse(key, "RECIPE_REFUSED", f"There are only {len(train.rows):,} training rows to be neighbours.")
    for name, value in model.params.items():
        try:
            build_recipe(model.estimator, {name: value})
        except RecipeError as error:
            bundle.refuse(("model", "params", name), "RECIPE_REFUSED", str(error))


def _check_false_rejections(bundle: Bundle) -> None:
    """A bound is for binary answers, by a feature that names a few groups, and is measured on validation rows."""
    draft, asked = bundle.draft, bundle.draft.rules.false_rejections
    if asked is None:
        return
    key = ("rules", "false_rejections")
    if draft.task is not None and draft.task is not Task.BINARY:
        sentence = f"rules.false_rejections is for binary classification, not for {draft.task.value.replace('_', ' ')}."
        bundle.refuse(key, "KEY_UNSUITED", sentence)
    if draft.splits.validation is None and not bundle.doubts("splits"):
        sentence = "rules.false_rejections needs a validation split, on which the bound is measured."
        bundle.refuse(key, "BOUND_NEEDS_VALIDATION", sentence)
    values, name = bundle.column("train", asked.between), asked.between
    if values is None:
        return  # told with the columns
    if name not in bundle.features:
        bundle.refuse((*key, "between"), "BOUND_NO_FEATURE", f"{name} is no feature; name a feature that groups have.")
    elif not 2 <= (count := values.nunique(dropna=False)) <= MOST_GROUPS:
        sentence = (
            f"{name} names {count:,} group{'s' if count != 1 else ''} in train; a bound is between 2 to {MOST_GROUPS}."
        )
        bundle.refuse((*key, "between"), "BOUND_GROUPS", sentence)


def _check_rules(bundle: Bundle) -> None:
    rules = bundle.draft.rules
    if len(set(rules.require)) < len(rules.require):
        bundle.refuse(("rules", "require"), "VALUE_WRONG", "rules.require names the same claim twice.")
    if rules.mode is Mode.THEOREM and rules.epsilon is None:
        bundle.refuse(("rules", "epsilon"), "KEY_MISSING", "The key rules.epsilon is missing: theorem mode needs it.")
    if rules.mode is not Mode.THEOREM and rules.epsilon is not None:
        bundle.refuse(("rules", "epsilon"), "KEY_UNSUITED", "rules.epsilon is for theorem mode only.")
    for where, sentence in faults(rules.limits):
        bundle.refuse(("rules", "limits", *where), "LIMIT_WRONG", f"Of rules.limits, {sentence}")
    if rules.mode is not Mode.CERTIFIED and rules.opening != "rounds":
        bundle.refuse(("rules", "opening"), "KEY_UNSUITED", "rules.opening: close is for certified mode only.")
    sealed = bundle.readable.get("sealed")
    largest = int(rules.max_group_weight * len(sealed.rows)) if sealed is not None else rules.min_group_rows
    if largest < rules.min_group_rows and not bundle.doubts("rules"):
        sentence = f"No group can have {rules.min_group_rows:,} sealed rows: max_group_weight allows {largest:,}."
        bundle.refuse(("rules", "min_group_rows"), "RULES_IMPOSSIBLE", sentence)
