"""The allow-list of scikit-learn estimators that a recipe may name: data, read by `scoring.recipes`.

Whatever is not listed here cannot be asked for: no other class, no other parameter, no value but plain JSON ones
within the stated limits. Limits bound the time and memory that an organiser's file can cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, TypeAlias

from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from scoring.losses import Task

Setting: TypeAlias = bool | int | float | str | None


class Encoding(Enum):
    """How a table becomes the matrix that an estimator is fitted on."""

    ONE_HOT = auto()  # text one-hot, numbers as they are: trees do not care about scale
    ONE_HOT_SCALED = auto()  # text one-hot, numbers standardised: what compares or adds up columns
    ONE_HOT_DENSE = auto()  # the same as ONE_HOT, for estimators that take no sparse matrix
    CATEGORIES = auto()  # text as category numbers: histogram boosting splits on categories itself


@dataclass(frozen=True)
class Whole:
    """Whole numbers from ``low`` to ``high``."""

    low: int
    high: int

    def takes(self, value: Setting) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Real:
    """Finite numbers from ``low`` to ``high``."""

    low: float
    high: float

    def takes(self, value: Setting) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class OneOf:
    """One of the listed values, or of the listed kinds of number."""

    options: tuple[Setting | Whole | Real, ...]

    def takes(self, value: Setting) -> bool:
        return any(_is(option, value) for option in self.options)

    def __str__(self) -> str:
        return " or ".join("null" if option is None else str(option) for option in self.options)


def _is(option: Setting | Whole | Real, value: Setting) -> bool:
    if isinstance(option, Whole | Real):
        return option.takes(value)
    return type(option) is type(value) and option == value


Rule: TypeAlias = Whole | Real | OneOf


@dataclass(frozen=True)
class Estimator:
    """One allowed estimator: its class, what it may be told, and how its input is encoded.

    ``defaults`` is what the platform sets where the recipe does not, so that nothing is ever left to chance; ``weighs``
    is whether rows may carry weights.
    """

    build: type[Any]
    params: Mapping[str, Rule]
    encoding: Encoding = Encoding.ONE_HOT
    regression: bool = False
    weighs: bool = True
    defaults: Mapping[str, Setting] = field(default_factory=dict)

    def does(self, task: Task) -> bool:
        """Whether it can be trained for the task; chances come from classifiers that give them."""
        if task is Task.PROBABILITY:
            return hasattr(self.build, "predict_proba") and not self.regression
        return task is not Task.TRANSCRIPTION and self.regression is (task is Task.REGRESSION)


SEED: Final = Whole(0, 2**32 - 1)
_BOOL: Final = OneOf((True, False))
_BALANCED: Final = OneOf((None, "balanced"))
_SHARE: Final = Real(1e-6, 1.0)
_PENALTY: Final = Real(0.0, 1e6)
_TREE: Final[dict[str, Rule]] = {
    "max_depth": OneOf((None, Whole(1, 50))),
    "min_samples_leaf": Whole(1, 100_000),
    "min_samples_split": Whole(2, 100_000),
    "max_features": OneOf((None, "sqrt", "log2", _SHARE)),
    "max_leaf_nodes": OneOf((None, Whole(2, 10_000))),
    "min_impurity_decrease": Real(0.0, 1.0),
    "random_state": SEED,
}
_FOREST: Final[dict[str, Rule]] = {
    **_TREE,
    "n_estimators": Whole(1, 300),
    "bootstrap": _BOOL,
    "max_samples": OneOf((None, _SHARE)),
}
_BOOSTING: Final[dict[str, Rule]] = {
    **_TREE,
    "max_depth": OneOf((None, Whole(1, 10))),
    "n_estimators": Whole(1, 300),
    "learning_rate": Real(1e-4, 10.0),
    "subsample": _SHARE,
}
_HIST: Final[dict[str, Rule]] = {
    "max_iter": Whole(1, 500),
    "learning_rate": Real(1e-4, 10.0),
    "max_depth": OneOf((None, Whole(1, 50))),
    "max_leaf_nodes": OneOf((None, Whole(2, 255))),
    "min_samples_leaf": Whole(1, 100_000),
    "l2_regularization": _PENALTY,
    "max_features": _SHARE,
    "early_stopping": _BOOL,
    "random_state": SEED,
}
_NEIGHBOURS: Final[dict[str, Rule]] = {
    "n_neighbors": Whole(1, 1_000),
    "weights": OneOf(("uniform", "distance")),
    "p": OneOf((1, 2)),
}
_CRITERION: Final[dict[str, Rule]] = {"criterion": OneOf(("gini", "entropy", "log_loss"))}
_CLASSES: Final[dict[str, Rule]] = {"class_weight": _BALANCED}
_LOGISTIC: Final[dict[str, Rule]] = {
    "C": Real(1e-6, 1e6),
    "fit_intercept": _BOOL,
    "max_iter": Whole(1, 5_000),
    "tol": Real(1e-8, 1.0),
    "class_weight": _BALANCED,
    "random_state": SEED,
}
_RIDGE: Final[dict[str, Rule]] = {"alpha": _PENALTY, "fit_intercept": _BOOL}
_FIVE: Final[dict[str, Setting]] = {"n_neighbors": 5}
# Stopping early costs a tenth of the rows, and by scikit-learn's own default begins at 10,000 rows of training.
_HIST_DEFAULTS: Final[dict[str, Setting]] = {"random_state": 0, "early_stopping": False}
_SEEDED: Final[dict[str, Setting]] = {"random_state": 0}


def _listed(*estimators: Estimator) -> dict[str, Estimator]:
    """Under the name a person would import it by: the private last module is left out."""
    return {f"{'.'.join(e.build.__module__.split('.')[:2])}.{e.build.__name__}": e for e in estimators}


ESTIMATORS: Final = _listed(
    Estimator(DecisionTreeClassifier, _TREE | _CRITERION | _CLASSES, defaults=_SEEDED),
    Estimator(RandomForestClassifier, _FOREST | _CRITERION | _CLASSES, defaults=_SEEDED),
    Estimator(GradientBoostingClassifier, _BOOSTING, defaults=_SEEDED),
    Estimator(HistGradientBoostingClassifier, _HIST | _CLASSES, Encoding.CATEGORIES, defaults=_HIST_DEFAULTS),
    Estimator(LogisticRegression, _LOGISTIC, Encoding.ONE_HOT_SCALED, defaults={"random_state": 0, "max_iter": 1_000}),
    Estimator(RidgeClassifier, _RIDGE | _CLASSES, Encoding.ONE_HOT_SCALED),
    Estimator(GaussianNB, {"var_smoothing": Real(0.0, 1.0)}, Encoding.ONE_HOT_DENSE),
    Estimator(BernoulliNB, {"alpha": _PENALTY, "binarize": Real(-1e6, 1e6)}, Encoding.ONE_HOT_SCALED),
    Estimator(KNeighborsClassifier, _NEIGHBOURS, Encoding.ONE_HOT_SCALED, weighs=False, defaults=_FIVE),
    Estimator(DummyClassifier, {"strategy": OneOf(("most_frequent", "prior"))}),
    Estimator(DecisionTreeRegressor, _TREE, regression=True, defaults=_SEEDED),
    Estimator(RandomForestRegressor, _FOREST, regression=True, defaults=_SEEDED),
    Estimator(GradientBoostingRegressor, _BOOSTING, regression=True, defaults=_SEEDED),
    Estimator(HistGradientBoostingRegressor, _HIST, Encoding.CATEGORIES, regression=True, defaults=_HIST_DEFAULTS),
    Estimator(LinearRegression, {"fit_intercept": _BOOL}, Encoding.ONE_HOT_SCALED, regression=True),
    Estimator(Ridge, _RIDGE, Encoding.ONE_HOT_SCALED, regression=True),
    Estimator(KNeighborsRegressor, _NEIGHBOURS, Encoding.ONE_HOT_SCALED, regression=True, weighs=False, defaults=_FIVE),
    Estimator(DummyRegressor, {"strategy": OneOf(("mean", "median"))}, regression=True),
)
