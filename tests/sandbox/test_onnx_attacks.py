"""Hostile ONNX files, with every after-check that hostile source has; and damaged ones by the dozen."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scoring.sandbox import Layer, run_model, run_model_hidden
from scoring.sandbox.range import Range
from tests.sandbox.commands import as_ordinary_user, run_command
from tests.sandbox.onnx_attacks import GOOD, OnnxAttack, attacks
from tests.sandbox.onnx_range import QUICK, problems_of

NAMES = [attack.name for attack in attacks(Path("/nowhere"))]


@pytest.fixture(scope="module")
def ground() -> Iterator[Range]:
    with Range() as ground:
        yield ground


@pytest.fixture(scope="module")
def armed(ground: Range) -> dict[str, OnnxAttack]:
    return {attack.name: attack for attack in attacks(ground.secret)}


@pytest.mark.parametrize("name", NAMES)
def test_every_file_ends_as_expected_and_achieves_nothing(
    name: str, ground: Range, armed: dict[str, OnnxAttack]
) -> None:
    assert list(problems_of(armed[name], ground)) == []


def test_the_good_file_is_answered(ground: Range) -> None:
    run = run_model_hidden(ground.box, GOOD, ground.table, seed=1)
    expected = 2 * np.asarray(ground.table["f0"].to_series(), dtype=np.float32)
    np.testing.assert_array_equal(run.answers, expected)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_never_the_platform_s_fault(ground: Range, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(6):
        damaged = bytearray(GOOD)
        for place in rng.integers(0, len(damaged), 3):
            damaged[place] = rng.integers(0, 256)
        run = run_model(ground.box, bytes(damaged), ground.table, limits=QUICK, hidden=False)
        assert run.verdict.owner == "entrant", bytes(damaged)
    assert ground.problems() == []


def test_so_it_is_for_an_ordinary_user_without_namespaces() -> None:
    command = [sys.executable, "-m", "tests.sandbox.onnx_range", Layer.RESTRICTED.value, "5"]
    done = run_command(as_ordinary_user(command))
    assert done.stdout.endswith(" tried, 0 wrong\n"), done.stdout + done.stderr
