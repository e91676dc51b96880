"""The promises under attack, in their short form; `python -m scoring.simulation` has them in full."""

import json

import numpy as np
import pytest

from scoring.decision_list import DecisionList, Leaf
from scoring.errors import OutOfRangeError
from scoring.simulate import main
from scoring.simulation.attackers import Attack
from scoring.simulation.competition import true_losses
from scoring.simulation.playing import Playing
from scoring.simulation.rules import Row, Rule, simulate
from scoring.simulation.world import SERVED_WELL, TOSS_UP, draw_world

SEEDS = (1, 2, 3)


def played(rows: int, rule: Rule) -> list[Row]:
    return [row for seed in SEEDS for row in simulate(rows, 10_000, seed, rule)]


@pytest.mark.parametrize("rows", [5_000, 20_000])
def test_the_naive_rule_is_fooled(rows: int) -> None:
    for row in played(rows, Rule.NAIVE):
        assert row.faked_gain >= 0.05
        assert row.true_gain == 0.0


@pytest.mark.parametrize("rule", [Rule.ROUNDS, Rule.CLOSE])
@pytest.mark.parametrize(("rows", "honest"), [(5_000, 4), (20_000, 9)])
def test_attackers_fake_nothing_and_honest_patches_are_certified(rows: int, honest: int, rule: Rule) -> None:
    found = played(rows, rule)
    assert abs(np.mean([row.faked_gain for row in found])) <= 0.003
    assert np.mean([row.honest_certified for row in found]) >= honest
    assert sum(row.false_certificates for row in found) == 0


@pytest.mark.parametrize("attack", list(Attack))
def test_an_attack_looks_large_on_the_holdout_and_is_nothing_on_the_sealed_split(attack: Attack) -> None:
    dice = np.random.default_rng(0)
    world = draw_world(5_000, dice)
    (best,) = Playing(attack, world, world.holdout, dice).best_of(10_000, keep=1)
    gains = (world.initial != world.sample.labels) * 1.0 - (best.answers != world.sample.labels)
    assert gains[world.holdout].mean() > 0.08
    assert gains[world.holdout].sum() == best.gained_rows
    assert abs(gains[world.sealed].mean()) < 0.03


def test_the_world_is_what_its_description_says() -> None:
    world = draw_world(200_000, np.random.default_rng(0))
    wrong = world.initial != world.sample.labels
    for kind, error in ((0, 0.35), (9, 0.35), (TOSS_UP, 0.5), (SERVED_WELL, 0.1)):
        assert wrong[world.rows_of(kind)].mean() == pytest.approx(error, abs=0.02)
    assert (world.patches[3] != world.sample.labels)[world.rows_of(3)].mean() == pytest.approx(0.1, abs=0.02)
    assert world.rows_of(TOSS_UP).mean() == pytest.approx(0.3, abs=0.01)


def test_true_gains_count_a_patch_once_and_an_attackers_never() -> None:
    leaves = DecisionList((Leaf(0, 0), Leaf(1, 1), Leaf(2, 2)), (0, 1, 2, 3))
    losses = true_losses(leaves, [4, TOSS_UP, 4])
    assert -np.diff(losses) == pytest.approx([0.01, 0.0, 0.0], abs=1e-12)


def test_the_command_prints_a_row_for_each_attacker(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", "2000", "--submissions", "200", "--seed", "3", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["attacker"] for row in rows] == ["hill_climbing", "boosting"]
    assert set(rows[0]) == {
        *("attacker", "faked_gain", "reported_gain", "true_gain", "honest_certified", "honest_total"),
        *("false_certificates", "ledger_spent"),
    }
    assert main(["--rows", "2000", "--submissions", "200", "--seed", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_the_same_seed_gives_the_same_rows_and_another_one_others() -> None:
    assert simulate(2000, 200, 3) == simulate(2000, 200, 3)
    assert simulate(2000, 200, 3, Rule.NAIVE) != simulate(2000, 200, 4, Rule.NAIVE)


def test_refuses_numbers_that_make_no_competition(capsys: pytest.CaptureFixture[str]) -> None:
    for rows, submissions, seed in ((399, 1, 0), (400, 0, 0), (400, 1, -1)):
        with pytest.raises(OutOfRangeError):
            simulate(rows, submissions, seed)
    assert main(["--rows", "399", "--submissions", "1", "--seed", "0"]) == 2
    assert "400" in capsys.readouterr().err
    assert len(simulate(400, 1, 0)) == 2
