"""The demonstration, as `make demo` runs it: on an installation of its own, of which nothing is left."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from bounty.demo.entrants import Entrant, Sent
from bounty.demo.main_job import NothingMerged, check_merged

ROOT = Path(__file__).resolve().parents[2]
ROWS = {"train": 1200, "holdout": 900, "guard": 500, "sealed": 1500}
COMPETITION = {
    "format": 1,
    "slug": "three-classes",
    "title": "Three classes, three columns, no validation",
    "summary": "The hosted model knows nothing of kind a.",
    "licence": "CC0-1.0",
    "task": "multiclass_classification",
    "label": "outcome",
    "id": "id",
    "loss": "zero_one",
    "harm": "error",
    "columns": {"demographic": ["kind"], "features": ["kind", "z"]},
    "splits": {name: f"{name}.csv" for name in ROWS},
    "model": {"kind": "sklearn", "estimator": "sklearn.linear_model.LogisticRegression", "params": {}},
    "rules": {"mode": "certified", "require": ["repair"], "max_group_weight": 0.5, "min_group_rows": 100},
}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A small bundle whose hosted model cannot see how kind and z act together."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    dice = np.random.default_rng(5)
    n = sum(ROWS.values())
    kind, z = dice.choice(["a", "b", "c", "d"], n), dice.normal(size=n)
    turned = np.where(kind == "a", -z, z)
    outcome = np.select([turned > 0.5, turned > -0.5], ["high", "middle"], "low")
    frame = pd.DataFrame({"id": np.arange(n), "kind": kind, "z": z.round(4), "outcome": outcome})
    ends = np.cumsum(list(ROWS.values()))
    for (name, size), end in zip(ROWS.items(), ends, strict=True):
        frame.iloc[end - size : end].to_csv(folder / f"{name}.csv", index=False)
    (folder / "competition.yaml").write_text(yaml.safe_dump(COMPETITION))
    return folder


def demo(bundle: Path) -> "subprocess.CompletedProcess[str]":
    temporary = bundle.parent / "temporary"
    temporary.mkdir()
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bounty.settings", "TMPDIR": str(temporary)}
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", str(bundle)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert list(temporary.glob("bounty-demo-*")) == []
    return done


@pytest.mark.sandbox
def test_entrants_compete_and_what_they_find_is_certified_and_merged(bundle: Path) -> None:
    done = demo(bundle)
    assert done.returncode == 0, done.stdout + done.stderr
    for heading in ("Submissions", "Ledger", "Board", "Mean loss of the hosted model by version", "Protected groups"):
        assert heading in done.stdout
    first, *_, last = [line.split() for line in done.stdout.splitlines() if line.strip().startswith("v")][1:]
    assert float(last[3]) < float(first[3])


def test_a_bundle_with_a_fault_stops_it_with_the_fault(bundle: Path) -> None:
    (bundle / "guard.csv").write_text("id\n")
    done = demo(bundle)
    assert done.returncode == 1
    assert "guard.csv" in done.stderr


def sent(code: str) -> Sent:
    return Sent(1, "scored", code, passes_gate=False, seconds=1.0)


@pytest.mark.parametrize(
    ("verdicts", "bits", "stopped"),
    [
        ([], [], "No entrant found a group"),
        (["EMPTY_GROUP"], [], "None of 1 submissions was scored"),
        (["SCORED", "EMPTY_GROUP"], [], "None of 1 scored submissions passed the gate"),
        (["SCORED"], [False, None], "None of 2 candidates was certified"),
    ],
)
def test_where_nothing_was_merged_it_says_where_it_stopped(
    verdicts: list[str], bits: list[bool | None], stopped: str
) -> None:
    entrants = [Entrant("team", None, "", None, sent=[sent(code) for code in verdicts])]  # type: ignore[arg-type]
    rounds: list[dict[str, Any]] = [{"candidates": [{"passed": bit} for bit in bits]}]
    with pytest.raises(NothingMerged, match=stopped):
        check_merged(entrants, rounds)
    check_merged([Entrant("team", None, "", None, sent=[sent("SCORED")])], [{"candidates": [{"passed": True}]}])  # type: ignore[arg-type]
