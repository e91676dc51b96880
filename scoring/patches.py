"""What a patch of the platform's own may be: a trained model, a candidate column, or everyone's model recalibrated.

Each has answers, a name in words, and a stored form from which `scoring.trainer.refit` makes it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any, Final, TypeAlias

from scoring.errors import OutOfRangeError, WrongLengthError
from scoring.free_text import FreeText
from scoring.recalibration import Recalibrated
from scoring.recipes import Recipe, RecipeError, Trained, build_recipe
from scoring.rejections import Bound
from scoring.tables import Table
from scoring.types import Answers

VERSION: Final = 2  # of a patch's stored form; 2 reads free text
MENU: Final = {
    "gradient boosting": build_recipe("sklearn.ensemble.HistGradientBoostingClassifier"),
    "logistic regression": build_recipe("sklearn.linear_model.LogisticRegression", {"C": 0.1}),
    "decision tree": build_recipe("sklearn.tree.DecisionTreeClassifier", {"max_depth": 6, "min_samples_leaf": 20}),
}
REAL_MENU: Final = {
    "gradient boosting": build_recipe("sklearn.ensemble.HistGradientBoostingRegressor"),
    "ridge regression": build_recipe("sklearn.linear_model.Ridge", {"alpha": 10.0}),
    "decision tree": build_recipe("sklearn.tree.DecisionTreeRegressor", {"max_depth": 6, "min_samples_leaf": 20}),
}
# Those that a bound is trained into: some twenty fits each, which boosting is too slow for.
HELD_MENU: Final = (MENU["logistic regression"], MENU["decision tree"])


class TrainedOn(StrEnum):
    """Whose rows a model was trained on."""

    EVERYONE = "everyone"
    GROUP = "group"


@dataclass(frozen=True)
class Held:
    """That a model was trained to keep a bound on false rejections: the bound, and the multipliers that made it."""

    bound: Bound
    multipliers: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """What the stored form of the patch says more."""
        return {"column": self.bound.column, "within": self.bound.within, "multipliers": list(self.multipliers)}

    @classmethod
    def from_json(cls, data: object) -> "Held":
        """The same, of its stored form (JSON already decoded).

        Raises:
            RecipeError: for anything else.
        """
        try:
            stored = dict(data)  # type: ignore[call-overload]  # what cannot be made one is refused below
            bound = Bound(str(stored.pop("column")), float(stored.pop("within")))
            multipliers = tuple(float(each) for each in stored.pop("multipliers"))
        except (TypeError, ValueError, KeyError, OutOfRangeError) as error:
            raise RecipeError("The stored patch does not say what it was held to.") from error
        if stored or not all(map(isfinite, multipliers)):
            raise RecipeError("The stored patch does not say what it was held to.")
        return cls(bound, multipliers)


@dataclass(frozen=True)
class ModelPatch:
    """A patch that is a trained recipe; ``held`` where its false rejections were held together."""

    recipe: Recipe
    trained_on: TrainedOn
    trained: Trained
    text: FreeText
    held: Held | None = None

    @property
    def name(self) -> str:
        """The patch in words."""
        listed = (*MENU.items(), *REAL_MENU.items())
        words = next((words for words, recipe in listed if recipe == self.recipe), self.recipe.estimator)
        held = "" if self.held is None else ", false rejections held together"
        return f"{words} trained on {'everyone' if self.trained_on is TrainedOn.EVERYONE else 'the group'}{held}"

    def to_json(self) -> dict[str, Any]:
        """What `refit` needs besides the public rows and the group."""
        kind = "model" if self.held is None else "held"
        stored = {
            "version": VERSION,
            "kind": kind,
            "trained_on": self.trained_on.value,
            "recipe": self.recipe.to_json(),
        }
        return stored if self.held is None else {**stored, "held": self.held.to_json()}

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
