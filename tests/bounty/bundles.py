"""Small bundles to break: a valid one of each kind, written to a folder and checked there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from bounty.actions.import_bundle import check

ROWS = {"train": 90, "validation": 40, "holdout": 60, "guard": 60, "sealed": 120}


@dataclass
class SmallBundle:
    """A bundle whose parts a test changes before it asks for its faults."""

    folder: Path
    manifest: dict[str, Any]
    frames: dict[str, pd.DataFrame]
    suffix: str = "parquet"
    text: str | None = None

    def name(self, split: str) -> str:
        return f"{split}.{self.suffix}"

    def write(self) -> Path:
        self.folder.mkdir(exist_ok=True)
        for split, frame in self.frames.items():
            if self.suffix == "csv":
                frame.to_csv(self.folder / self.name(split), index=False)
            else:
                frame.to_parquet(self.folder / self.name(split), index=False)
        text = self.text if self.text is not None else yaml.safe_dump(self.manifest, sort_keys=False)
        (self.folder / "competition.yaml").write_text(text)
        return self.folder

    def faults(self) -> list[tuple[str, str, int, str]]:
        """Written and checked: (file, column, row, code) of each fault, sorted; the row only in files of rows."""
        return self.faults_as_written(self.write())

    def faults_as_written(self, folder: Path | None = None) -> list[tuple[str, str, int, str]]:
        faults = check(folder or self.folder)
        return sorted((f.file, f.column, 0 if f.file == "competition.yaml" else f.row, f.code) for f in faults)


def small_bundle(folder: Path, *, suffix: str = "parquet") -> SmallBundle:
    """Loans, a trained model; two rows a household, and no household in two splits."""
    rows = _people(sum(ROWS.values()))
    ends = np.cumsum(list(ROWS.values()))
    frames = {
        split: rows.iloc[end - size : end].reset_index(drop=True)
        for (split, size), end in zip(ROWS.items(), ends, strict=True)
    }
    return SmallBundle(folder, _manifest(suffix), frames, suffix)


def routed_bundle(folder: Path) -> SmallBundle:
    """The same people with a column of predictions and another to route to."""
    bundle = small_bundle(folder)
    rng = np.random.default_rng(5)
    for frame in bundle.frames.values():
        for name, error in (("system_a", 0.4), ("system_b", 0.3)):
            frame[name] = np.where(rng.random(len(frame)) < error, 1 - frame["defaulted"], frame["defaulted"])
    bundle.manifest["model"] = {"kind": "predictions", "column": "system_a", "candidates": ["system_b"]}
    return bundle


def real_bundle(folder: Path) -> SmallBundle:
    """A regression: the amount lost."""
    bundle = small_bundle(folder)
    rng = np.random.default_rng(6)
    for frame in bundle.frames.values():
        frame["defaulted"] = frame["age"] / 2 + rng.normal(0, 5, len(frame))
    bundle.manifest |= {"task": "regression", "loss": "squared", "harm": "mean_loss"}
    bundle.manifest["model"] = {"kind": "sklearn", "estimator": "sklearn.linear_model.Ridge", "params": {"alpha": 1.0}}
    del bundle.manifest["positive_label"]
    return bundle


def chances_bundle(folder: Path) -> SmallBundle:
    """Chances of default: the model's own, and another system's column to route to."""
    bundle = small_bundle(folder)
    rng = np.random.default_rng(8)
    for frame in bundle.frames.values():
        for name, noise in (("system_a", 0.3), ("system_b", 0.1)):
            chance = 0.2 + frame["age"] / 200 + rng.normal(0, noise, len(frame))
            frame[name] = np.clip(chance, 0, 1).round(3)
    bundle.manifest |= {"task": "probability", "loss": "log_loss", "harm": "calibration_gap", "positive_label": 1}
    bundle.manifest["model"] = {"kind": "predictions", "column": "system_a", "candidates": ["system_b"]}
    return bundle


def transcription_bundle(folder: Path) -> SmallBundle:
    """What was said and what two systems heard."""
    bundle = small_bundle(folder)
    words = np.array(["the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "ran", "off", "again"])
    rng = np.random.default_rng(7)
    for frame in bundle.frames.values():
        said = [list(rng.choice(words, 8)) for _ in range(len(frame))]
        frame["defaulted"] = [" ".join(line) for line in said]
        for name, drop in (("system_a", 0.4), ("system_b", 0.2)):
            frame[name] = [" ".join(w for w in line if rng.random() > drop) for line in said]
    bundle.manifest |= {"task": "transcription", "loss": "word_error_rate", "harm": "word_error_rate"}
    bundle.manifest["model"] = {"kind": "predictions", "column": "system_a", "candidates": ["system_b"]}
    del bundle.manifest["positive_label"]
    return bundle


def _people(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    age = rng.integers(18, 80, n)
    return pd.DataFrame(
        {
            "row": np.arange(n) + 1000,
            "household": [f"h{i // 2}" for i in range(n)],
            "age": age,
            "income": np.where(rng.random(n) < 0.1, np.nan, np.round(rng.normal(40, 10, n), 1)),
            "job": rng.choice(np.array(["cook", "driver", "nurse", None], dtype=object), n),
            "sex": rng.choice(["F", "M"], n),
            "weight": np.round(rng.uniform(0.5, 2, n), 2),
            "defaulted": (rng.random(n) < 0.2 + age / 200).astype(int),
        }
    )


def _manifest(suffix: str) -> dict[str, Any]:
    return {
        "format": 1,
        "slug": "small-loans",
        "title": "Small loans",
        "summary": "Find the people the model fails.",
        "licence": "CC0",
        "task": "binary_classification",
        "label": "defaulted",
        "positive_label": 0,
        "id": "row",
        "unit": "household",
        "row_weight": "weight",
        "loss": "zero_one",
        "harm": "error",
        "columns": {"demographic": ["sex"], "features": "all"},
        "splits": {split: f"{split}.{suffix}" for split in ROWS},
        "model": {
            "kind": "sklearn",
            "estimator": "sklearn.tree.DecisionTreeClassifier",
            "params": {"max_depth": 3},
        },
        "rules": {"min_group_rows": 10, "max_group_weight": 0.5},
    }
