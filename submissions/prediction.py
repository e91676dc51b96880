"""A version of the hosted model on rows that somebody sends: which node answers each, and what it answers.

Only what the platform itself trained, columns that come with the rows, and predicates are asked here. Entrants' code
and models run in a worker's sandbox and nowhere else, so rows that they would have to answer are refused, by name.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bounty import arrays
from bounty.errors import Fault, Refused
from bounty.models import HostedModelVersion
from bounty.samples import candidates_of, hosted_column_of, readable_answers
from scoring.losses import Task
from scoring.patches import Patch
from scoring.predicates import Predicate, evaluate
from scoring.trainer import refit
from scoring.types import Answers, Bools
from submissions.intake.rows import GivenRows
from submissions.models import Submission
from submissions.patch_training import first_model, public_rows

Rows = NDArray[np.int64]
Reached = dict[tuple[int, int], list[int]]  # by version and place in its list: the rows that the leaf there answers
_CACHED = 64


@dataclass(frozen=True)
class Answered:
    """One row's answer; ``node`` and ``submission`` are None where the initial model gave it."""

    prediction: Any
    version: int
    node: int | None = None
    submission: int | None = None


def predict(version: HostedModelVersion, given: GivenRows) -> list[Answered]:
    """The version's answer for each row. Raises Refused where a row needs code, or a column that was not sent."""
    walk = _Walk(version, given)
    walk.route(version.number, np.arange(given.table.n_rows))
    return walk.answers()


class _Walk:
    """Rows on their way down the list: newest node first; a pointer sends them on to an earlier version's list."""

    def __init__(self, version: HostedModelVersion, given: GivenRows) -> None:
        competition = version.competition
        versions = HostedModelVersion.objects.filter(competition=competition, number__lte=version.number)
        self.lists: dict[int, list[dict[str, Any]]] = dict(versions.values_list("number", "nodes"))
        nodes = [node for nodes in self.lists.values() for node in nodes]
        wanted = {node.get(key) for node in nodes for key in ("group", "patch")} - {None}
        self.submissions = Submission.objects.in_bulk(wanted)
        self.competition, self.recipe, self.given = competition, version.recipe, given
        self.reached: Reached = {}
        self.initial: list[int] = []
        self._masks: dict[int, Bools] = {}

    def route(self, number: int, rows: Rows) -> None:
        nodes = self.lists[number]
        for place in range(len(nodes) - 1, -1, -1):
            if not len(rows):
                return
            inside = self._inside(nodes[place]["group"], rows)
            here, rows = rows[inside], rows[~inside]
            if nodes[place]["kind"] == "pointer":
                self.route(nodes[place]["version"], here)
            elif len(here):
                self.reached.setdefault((number, place), []).extend(here.tolist())
        self.initial.extend(rows.tolist())

    def answers(self) -> list[Answered]:
        found: dict[int, Answered] = {}
        for (number, place), rows in self.reached.items():
            submission = self.submissions[self.lists[number][place]["patch"]]
            values = readable_answers(self.competition, self._patch(submission, np.array(rows)))
            for row, value in zip(rows, values, strict=True):
                found[row] = Answered(value, number, place, submission.pk)
        first = np.array(self.initial, dtype=np.int64)
        for row, value in zip(self.initial, readable_answers(self.competition, self._first(first)), strict=True):
            found[row] = Answered(value, 0)
        return [found[row] for row in range(self.given.table.n_rows)]

    def _inside(self, group: int | None, rows: Rows) -> Bools:
        if group is None:
            return np.ones(len(rows), dtype=np.bool_)
        if group not in self._masks:
            submission = self.submissions[group]
            if submission.group_kind != Submission.GroupKind.PREDICATE:
                raise _needs_code(submission, "group")
            self._masks[group] = evaluate(Predicate.from_json(submission.predicate), self.given.table)
        return self._masks[group][rows]

    def _patch(self, submission: Submission, rows: Rows) -> Answers:
        kind = Submission.PatchKind(submission.patch_kind)
        if kind in {Submission.PatchKind.PYTHON, Submission.PatchKind.ONNX}:
            raise _needs_code(submission, "patch")
        if kind == Submission.PatchKind.ROUTE:
            return self._column(submission.patch_column, rows)
        patch = _refitted(submission.pk, submission.public_mask)
        stored = (submission.patch_recipe or {})["recipe"]
        if "column" in stored:
            return self._column(stored["column"], rows)
        return patch.answers(self.given.table.take(rows))

    def _first(self, rows: Rows) -> Answers:
        if not len(rows):
            return np.empty(0, dtype=np.int32)
        if "estimator" not in self.recipe:
            name = self.competition.model_column
            self._check_sent(name, rows)
            return hosted_column_of(self.competition, self.given.frame.iloc[rows])
        trained = first_model(self.competition.pk, self.competition.bundle_sha256)
        return trained.answers(self.given.table.take(rows))

    def _column(self, name: str, rows: Rows) -> Answers:
        self._check_sent(name, rows)
        return candidates_of(self.competition, self.given.frame.iloc[rows])[name]

    def _check_sent(self, name: str, rows: Rows) -> None:
        if self.competition.task == Task.TRANSCRIPTION:
            return  # the answer is which system is heard, whatever it said
        if name not in self.given.frame or self.given.frame[name].iloc[rows].isna().any():
            sentence = f"Row {int(rows[0])} is answered by the column {name}: send its value with the row."
            raise Refused("PREDICT_NEEDS_COLUMN", sentence, field="rows", column=name, row=int(rows[0]))


def _needs_code(submission: Submission, part: str) -> Refused:
    what = "model" if submission.patch_kind == Submission.PatchKind.ONNX and part == "patch" else "Python"
    sentence = (
        f"The {part} of submission {submission.pk} is an entrant's {what}, which runs in a worker's sandbox and not in"
        " answer to a request; rows that need it cannot be predicted here."
    )
    return Refused("PREDICT_NEEDS_CODE", sentence, fault=Fault.PLATFORM, submission=submission.pk, part=part)


@lru_cache(maxsize=_CACHED)
def _refitted(pk: int, public_mask: str) -> Patch:
    """The platform's patch of a submission, trained again from what is stored: the same one."""
    submission = Submission.objects.select_related("competition").get(pk=pk)
    stored = (submission.patch_recipe or {})["recipe"]
    return refit(stored, public_rows(submission.competition), arrays.load(public_mask))
