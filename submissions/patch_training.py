"""What the platform trains: its own patch for a group that came without one (ALGORITHMS 7); the first model again."""

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final, TypeVar

from bounty import arrays, public_data
from bounty.models import Competition, HostedModelVersion
from scoring.losses import Task
from scoring.patches import Patch
from scoring.recipes import Recipe, Trained, train
from scoring.rejections import Bound
from scoring.trainer import Everyone, PublicRows, TrainedPatch, fit_everyone, refit, train_patch
from scoring.types import Bools
from submissions.models import Submission

CACHED_COMPETITIONS: Final = 4
CACHED_PATCHES: Final = 64
_Model = TypeVar("_Model")
_training: Final = threading.Lock()


def _trained_once(kept: int) -> Callable[[Callable[..., _Model]], Callable[..., _Model]]:
    """Of what trains a model: the process keeps the newest ``kept``, and trains one at a time. Who asks for what is
    being trained waits for it: requests that came together would else train the same one beside each other."""

    def keeping(train_it: Callable[..., _Model]) -> Callable[..., _Model]:
        @lru_cache(maxsize=kept)
        def found(*args: Any) -> _Model:
            with _training:
                return train_it(*args)

        @lru_cache(maxsize=kept)
        def turn(*_: Any) -> threading.Lock:
            return threading.Lock()

        @wraps(train_it)
        def once(*args: Any) -> _Model:
            with turn(*args):
                return found(*args)

        return once

    return keeping


def train_for(competition: Competition, public_mask: Bools) -> TrainedPatch:
    """The patch for the group of that mask on the public rows, with the newest version's loss beside its own."""
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    everyone = _everyone(competition.pk, competition.bundle_sha256, bound_of(competition))
    return train_patch(everyone, public_mask, hosted=arrays.load(head.public_answers))


def finds_nothing(found: TrainedPatch) -> bool:
    """Whether unseen public rows say that the patch does not beat the model.

    Only validation rows can say so: on train rows, where there is no validation split, the model has seen its answers.
    """
    hosted = found.evidence.hosted_loss
    return found.evidence.method == "validation" and hosted is not None and not found.evidence.loss < hosted


def breaks_the_bound(found: TrainedPatch) -> str:
    """What there is to say where no option keeps the organiser's bound on false rejections; else nothing."""
    told = found.evidence.rejections
    if told is None or found.evidence.keeps_the_bound:
        return ""
    gap, within = (f"{100 * told[key]:.3g}" for key in ("gap", "within"))
    return f"The closest came within {gap} points by {told['column']}, where {within} are allowed."


def bound_of(competition: Competition) -> Bound | None:
    within = competition.rejections_within
    return None if within is None else Bound(competition.rejections_between, within)


@_trained_once(CACHED_COMPETITIONS)
def _everyone(pk: int, bundle_sha256: str, _bound: Bound | None) -> Everyone:
    """What no group changes: trained once a process and competition."""
    competition = Competition.objects.get(pk=pk)
    return fit_everyone(public_rows(competition), seed=int(bundle_sha256[:8], 16))


@_trained_once(CACHED_COMPETITIONS)
def first_model(pk: int, _bundle_sha256: str) -> Trained:
    """Version 0 of the competition, trained again from its recipe: the same one. It must not be a stored column."""
    competition = Competition.objects.get(pk=pk)
    stored = {key: value for key, value in competition.versions.get(number=0).recipe.items() if key != "kind"}
    recipe, rows = Recipe.from_json(stored), public_rows(competition)
    sample = rows.sample.take(rows.is_train.nonzero()[0])
    return train(
        recipe,
        public_data.load(competition).train_table,
        sample.labels,
        task=rows.task,
        n_classes=rows.n_classes,
        weights=sample.weights if recipe.allowed.weighs else None,
    )


@_trained_once(CACHED_PATCHES)
def refitted(pk: int, public_mask: str, _public_answers: str) -> Patch:
    """The platform's patch of a submission, trained again from what is stored: the same one."""
    submission = Submission.objects.select_related("competition").get(pk=pk)
    stored = (submission.patch_recipe or {})["recipe"]
    return refit(stored, public_rows(submission.competition), arrays.load(public_mask))


def public_rows(competition: Competition) -> PublicRows:
    """What the platform's patches are trained and judged on."""
    public = public_data.load(competition)
    return PublicRows(
        table=public.table,
        sample=public.sample,
        n_train=public.train.stop,
        task=Task(competition.task),
        n_classes=len(competition.classes),
        candidates=public.candidates,
        bound=bound_of(competition),
    )
