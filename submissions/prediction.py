"""A version of the hosted model on rows that somebody sends: which node answers each, and what it answers.

Only what the platform itself trained, columns that come with the rows, and predicates are asked here. Entrants' code
and models run in a worker's sandbox and nowhere else, so rows that they would have to answer are refused, by name.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bounty.errors import Fault, Refused
from bounty.models import HostedModelVersion
from bounty.samples import candidates_of, hosted_column_of, readable_answers
from scoring.losses import Task
from scoring.predicates import Predicate, evaluate
from scoring.types import Answers, Bools
from submissions.intake.rows import GivenRows
from submissions.models import Submission
from submissions.patch_training import first_model, refitted

Rows = NDArray[np.int64]
Arrivals = list[tuple[Rows, int, int]]  # rows that a leaf answers, the version in whose list it stands, its place there


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
    walk.route(version.number)
    return walk.answers()


class _Walk:
    """Rows on their way down the list: newest node first; a pointer sends them on to an earlier version's list. Each
    list is walked once, by all rows that come to it, and each patch is asked once, for just the rows that reach it."""

    def __init__(self, version: HostedModelVersion, given: GivenRows) -> None:
        competition = version.competition
        versions = HostedModelVersion.objects.filter(competition=competition, number__lte=version.number)
        self.lists: dict[int, list[dict[str, Any]]] = dict(versions.values_list("number", "nodes"))
        nodes = [node for nodes in self.lists.values() for node in nodes]
        wanted = set[int | None]().union(*map(_named, nodes)) - {None}
        self.submissions = Submission.objects.in_bulk(wanted)
        self.competition, self.recipe, self.number, self.given = competition, version.recipe, version.number, given
        self.reached: dict[int, Arrivals] = {}  # by the submission whose patch answers
        self.initial: list[Rows] = []
        self._masks: dict[int, Bools] = {}

    def route(self, number: int) -> None:
        coming = {number: [np.arange(self.given.table.n_rows)]}
        for each in sorted(self.lists, reverse=True):  # pointers lead to earlier numbers only
            if each in coming:
                self._walk(each, np.concatenate(coming.pop(each)), coming)

    def _walk(self, number: int, rows: Rows, coming: dict[int, list[Rows]]) -> None:
        nodes = self.lists[number]
        for place in range(len(nodes) - 1, -1, -1):
            if not len(rows):
                return
            inside = self._inside(nodes[place]["group"], rows)
            here, rows = rows[inside], rows[~inside]
            if nodes[place]["kind"] == "pointer":
                coming.setdefault(nodes[place]["version"], []).append(here)
            elif len(here):
                self.reached.setdefault(nodes[place]["patch"], []).append((here, number, place))
        self.initial.append(rows)

    def answers(self) -> list[Answered]:
        found: dict[int, Answered] = {}
        for pk, arrivals in self.reached.items():
            answers = self._patch(self.submissions[pk], _joined([rows for rows, *_ in arrivals]))
            values = iter(readable_answers(self.competition, answers))
            for rows, number, place in arrivals:
                found |= {row: Answered(next(values), number, place, pk) for row in rows.tolist()}
        first = _joined(self.initial)
        values = iter(readable_answers(self.competition, self._first(first)))
        found |= {row: Answered(next(values), 0) for row in first.tolist()}
        return [found[row] for row in range(self.given.table.n_rows)]

    def _inside(self, group: int | None, rows: Rows) -> Bools:
        if group is None:
            return np.ones(len(rows), dtype=np.bool_)
        if group not in self._masks:
            submission = self.submissions[group]
            if submission.group_kind != Submission.GroupKind.PREDICATE:
                raise self._needs_code(submission, "group")
            self._masks[group] = evaluate(Predicate.from_json(submission.predicate), self.given.table)
        return self._masks[group][rows]

    def _patch(self, submission: Submission, rows: Rows) -> Answers:
        kind = Submission.PatchKind(submission.patch_kind)
        if kind in {Submission.PatchKind.PYTHON, Submission.PatchKind.ONNX}:
            raise self._needs_code(submission, "patch")
        if kind == Submission.PatchKind.ROUTE:
            return self._column(submission.patch_column, rows)
        stored = (submission.patch_recipe or {})["recipe"]
        if "column" in stored:
            return self._column(stored["column"], rows)
        patch = refitted(submission.pk, submission.public_mask, submission.public_answers)
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

    def _needs_code(self, submission: Submission, part: str) -> Refused:
        what = "model" if submission.patch_kind == Submission.PatchKind.ONNX and part == "patch" else "Python"
        instead, export = self._instead()
        sentence = (
            f"The {part} of submission {submission.pk} is an entrant's {what}, which runs in a worker's sandbox and not"
            f" in answer to a request. {instead}"
        )
        numbers = {"submission": submission.pk, "part": part, **export}
        return Refused("PREDICT_NEEDS_CODE", sentence, fault=Fault.PLATFORM, **numbers)

    def _instead(self) -> tuple[str, dict[str, Any]]:
        """What to do instead, and the export that answers such rows, where there is one."""
        before = self._newest_without_code()
        if "estimator" not in self.recipe:
            column = self.competition.model_column
            sentence = (
                f"Ask version {before}, which runs no code; version {self.number} cannot be exported, as its first"
                f" model is the column {column} of the data."
            )
            return sentence, {}
        python = any("python" in (sent.patch_kind, sent.group_kind) for sent in self.submissions.values())
        forms = "form=module" if python else "form=module or form=onnx"
        until = "" if self.competition.is_closed else f" Until the close only the organiser may: ask version {before}."
        export = {"competition": self.competition.slug, "version": self.number, "form": "module"}
        return f"Export version {self.number} with {forms}, and ask the file.{until}", export

    def _newest_without_code(self) -> int:
        """Lists point to earlier ones alone: before the first that holds code, none needs any."""
        code = {pk for pk, sent in self.submissions.items() if _is_code(sent)}
        holding = [number for number, nodes in self.lists.items() if any(_named(node) & code for node in nodes)]
        return max(number for number in self.lists if number < min(holding))


def _joined(parts: list[Rows]) -> Rows:
    return np.concatenate([*parts, np.empty(0, dtype=np.int64)])


def _is_code(sent: Submission) -> bool:
    patches = {Submission.PatchKind.PYTHON, Submission.PatchKind.ONNX}
    return sent.patch_kind in patches or sent.group_kind == Submission.GroupKind.PYTHON


def _named(node: dict[str, Any]) -> set[int | None]:
    """The submissions that a node asks."""
    return {node.get("group"), node.get("patch")}
