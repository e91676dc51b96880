"""An entrant's own source on the public rows, judged by the same box, limits and rules as on the server.

First aloud, as the server's public run; then, where that went well, on two views of the same rows, as its hidden run.
"""

import ast
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import yaml

from scoring.sandbox.host import Box
from scoring.sandbox.runs import GroupRun, PatchRun, run_group, run_group_hidden, run_patch, run_patch_hidden
from scoring.sandbox.verdicts import SandboxVerdict
from scoring.tables import Column, NumberColumn, Table, TextColumn, encode, encode_column

SPLITS: Final = ("train", "validation")
KEPT_BACK: Final = ("label", "id", "unit", "row_weight")  # keys of competition.yaml that name columns
REAL_TASKS: Final = ("regression", "probability")  # whose answers are numbers, not classes
SEED: Final = 2022


@dataclass(frozen=True)
class PublicRows:
    """What an entrant has downloaded: features of train then validation, and train's labels where they are known."""

    table: Table
    train: Table
    labels: Column | None
    real: bool


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


def read_public_rows(folder: Path) -> PublicRows:
    """The public splits and competition.yaml of a folder. Raises ValueError with one plain sentence."""
    frames = [frame for split in SPLITS if (frame := _read_split(folder, split)) is not None]
    if not frames:
        raise ValueError(f"{folder} holds neither train.parquet nor train.csv")
    terms = _read_terms(folder)
    label = terms.get("label")
    rows = pd.concat(frames, ignore_index=True)
    features = _features(terms, rows)
    labels = encode_column(label, frames[0][label]) if isinstance(label, str) and label in frames[0] else None
    train = encode(frames[0], features)
    return PublicRows(encode(rows, features), train, labels, terms.get("task") in REAL_TASKS)


def _read_split(folder: Path, split: str) -> pd.DataFrame | None:
    for name, read in ((f"{split}.parquet", pd.read_parquet), (f"{split}.csv", pd.read_csv)):
        if (folder / name).is_file():
            try:
                return read(folder / name)
            except (OSError, ValueError) as error:
                raise ValueError(f"{folder / name} cannot be read: {error}") from error
    return None


def _read_terms(folder: Path) -> Mapping[str, Any]:
    path = folder / "competition.yaml"
    if not path.is_file():
        return {}
    try:
        terms = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path} cannot be read") from error
    if not isinstance(terms, dict):
        raise ValueError(f"{path} does not describe a competition")
    return terms


def _features(terms: Mapping[str, Any], rows: pd.DataFrame) -> tuple[str, ...]:
    """As at import: the columns that are named, or all but label, id, unit, weight and predictions."""
    named = (terms.get("columns") or {}).get("features", "all")
    if named != "all":
        return tuple(name for name in named if name in rows)
    model = terms.get("model") or {}
    kept_back = {terms.get(key) for key in KEPT_BACK} | {model.get("column"), *model.get("candidates", [])}
    return tuple(str(name) for name in rows.columns if name not in kept_back)


def dry_run(box: Box, source: bytes, public: PublicRows) -> list[Report]:
    """A report on the group, on the patch, or on both, by what the source defines."""
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
    aloud = run_group(box, source, public.table, hidden=False)
    verdict = aloud.verdict
    if verdict == SandboxVerdict.OK:
        verdict = run_group_hidden(box, source, public.table, seed=SEED).verdict
    picked = None if aloud.mask is None else int(aloud.mask.sum())
    return _report("group", verdict, aloud, public, picked)


def _patch(box: Box, source: bytes, public: PublicRows) -> Report:
    if public.labels is None:
        raise ValueError("a patch needs labels: the folder must hold competition.yaml, which names their column")
    labels, train = public.labels, public.train
    n_classes = 0 if public.real else _count_classes(labels)
    aloud = run_patch(
        box, source, train, labels, public.table,
        kind="real" if public.real else "classes", n_classes=n_classes, seed=SEED, hidden=False,
    )  # fmt: skip
    verdict = aloud.verdict
    if verdict == SandboxVerdict.OK:
        verdict = run_patch_hidden(
            box, source, train, labels, public.table,
            kind="real" if public.real else "classes", n_classes=n_classes, seed=SEED,
        ).verdict  # fmt: skip
    return _report("patch", verdict, aloud, public, None)


def _count_classes(labels: Column) -> int:
    if isinstance(labels, TextColumn):
        return len(labels.categories)
    values: NumberColumn = labels
    return len(np.unique(values.values))


def _report(
    part: str, verdict: SandboxVerdict, aloud: GroupRun | PatchRun, public: PublicRows, picked: int | None
) -> Report:
    return Report(part, verdict, verdict.sentence, aloud.message, aloud.line, aloud.log, public.table.n_rows, picked)
