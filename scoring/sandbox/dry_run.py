"""An entrant's own source on the public rows, judged by the same box, limits and rules as on the server.

First aloud, as the server's public run; then, where that went well, on two views of the same rows, as its hidden run.
"""

import ast
from dataclasses import asdict, dataclass
from typing import Any, Final

from scoring.model_files import is_onnx, recognise
from scoring.sandbox.chances import are_chances
from scoring.sandbox.host import Box
from scoring.sandbox.lowered import limits_of
from scoring.sandbox.public_files import PublicRows
from scoring.sandbox.runs import (
    GroupRun,
    PatchKind,
    PatchRun,
    classes_of,
    run_group,
    run_group_hidden,
    run_model,
    run_model_hidden,
    run_patch,
    run_patch_hidden,
)
from scoring.sandbox.verdicts import SandboxVerdict

SEED: Final = 2022
LABELS_NEEDED: Final = "a patch needs labels: the folder must hold competition.yaml, which names their column"


@dataclass(frozen=True)
class Report:
    """The verdict and its words, as the server would tell them of the public run."""

    part: str
    verdict: SandboxVerdict
    sentence: str
    message: str
    line: int | None
    log: str
    rows: int
    picked: int | None  # rows in the group

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "owner": self.verdict.owner}


def dry_run(box: Box, source: bytes, public: PublicRows) -> list[Report]:
    """A report on the group, on the patch, or on both, by what the source defines; on the patch for an ONNX file.

    Raises ValueError for a file of another kind of model, as the server refuses it.
    """
    if found := recognise(source):
        raise ValueError(found.sentence)
    if is_onnx(source):
        return [_model(box, source, public)]
    names = _defined(source)
    reports = []
    if not names & {"fit", "predict"} or names & {"group", "group_row"}:
        reports.append(_group(box, source, public))
    if names & {"fit", "predict"}:
        reports.append(_patch(box, source, public))
    return reports


def _defined(source: bytes) -> set[str]:
    """The names that the source gives at its top; none when it is not Python, which the box will say."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    return names | {target.id for target in targets if isinstance(target, ast.Name)}


def _group(box: Box, source: bytes, public: PublicRows) -> Report:
    limits = limits_of(public.lowered, "group")
    aloud = run_group(box, source, public.table, limits=limits, hidden=False)
    verdict = aloud.verdict
    if verdict == SandboxVerdict.OK:
        verdict = run_group_hidden(box, source, public.table, seed=SEED, limits=limits).verdict
    picked = None if aloud.mask is None else int(aloud.mask.sum())
    return _report("group", verdict, aloud, public, picked)


def _model(box: Box, model: bytes, public: PublicRows) -> Report:
    if public.labels is None:
        raise ValueError(LABELS_NEEDED)
    classes = () if public.real else classes_of(public.labels, public.n_classes)
    limits = limits_of(public.lowered, "model")
    aloud = run_model(box, model, public.table, classes=classes, limits=limits, hidden=False)
    runs = [aloud]
    if aloud.verdict == SandboxVerdict.OK:
        runs.append(run_model_hidden(box, model, public.table, classes=classes, seed=SEED, limits=limits))
    return _report("patch", _verdict(runs, public), aloud, public, None)


def _patch(box: Box, source: bytes, public: PublicRows) -> Report:
    if public.labels is None:
        raise ValueError(LABELS_NEEDED)
    given = (box, source, public.train, public.labels, public.table)
    kind: PatchKind = "real" if public.real else "classes"
    limits = limits_of(public.lowered, "patch")
    aloud = run_patch(*given, kind=kind, n_classes=public.n_classes, seed=SEED, limits=limits, hidden=False)
    runs = [aloud]
    if aloud.verdict == SandboxVerdict.OK:
        runs.append(run_patch_hidden(*given, kind=kind, n_classes=public.n_classes, seed=SEED, limits=limits))
    return _report("patch", _verdict(runs, public), aloud, public, None)


def _verdict(runs: list[PatchRun], public: PublicRows) -> SandboxVerdict:
    """The last run's, unless it went well and its numbers are not the chances that are asked for."""
    answers = [run.answers for run in runs if run.answers is not None]
    if public.chances and runs[-1].verdict == SandboxVerdict.OK and not are_chances(*answers):
        return SandboxVerdict.NOT_CHANCES
    return runs[-1].verdict


def _report(
    part: str, verdict: SandboxVerdict, aloud: GroupRun | PatchRun, public: PublicRows, picked: int | None
) -> Report:
    return Report(part, verdict, verdict.sentence, aloud.message, aloud.line, aloud.log, public.table.n_rows, picked)
