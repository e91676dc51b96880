"""Conformance C9: the published reference's own decisions and predictions, reproduced by the command."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scoring.archive import UnreadableArchiveError, read_archive
from scoring.decision_list import DecisionList, Leaf
from scoring.replay import main, replay_archive
from tests.scoring import naive
from tests.shared import SHARED, needs_shared

GOLDEN = SHARED / "golden"
Arrays = dict[str, np.ndarray]


def generated(seed: int, *, n: int = 83, submissions: int = 12, hopeless: bool = False) -> Arrays:
    """An archive that the naive reference decided: empty groups among the submissions, n no multiple of eight."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n).astype(np.uint8)
    error = 0.0 if hopeless else 0.4
    initial = np.where(rng.random(n) < error, 1 - labels, labels)
    masks = rng.random((submissions, n)) < rng.uniform(0.05, 0.7, (submissions, 1))
    masks[rng.random(submissions) < 0.2] = False
    patches = np.where(rng.random((submissions, n)) < 0.35, 1 - labels, labels)
    found = decided(labels, initial, masks, patches)
    return {"y": labels, "f0": initial, "masks": np.packbits(masks, axis=1), "h": patches, "n": np.array(n)} | found


def decided(labels: np.ndarray, initial: np.ndarray, masks: np.ndarray, patches: np.ndarray) -> Arrays:
    from_rows = naive.NaiveList(_Rows(labels), initial)  # type: ignore[arg-type]
    accepted, nodes, predictions = [], [], []
    head = initial
    for mask, patch in zip(masks, patches, strict=True):
        gain = int((head != labels)[mask].sum()) - int((patch != labels)[mask].sum())
        accepted.append(-1 if not mask.any() else int(gain > 0))
        if accepted[-1] == 1:
            from_rows.merge((mask, patch), "strict")
            head = naive.routed(from_rows.pdl, initial, from_rows.pairs)
            predictions.append(head)
        nodes.append(1 + len(from_rows.pdl.nodes))
    return {
        "accepted": np.array(accepted),
        "nodes": np.array(nodes),
        "predictions": np.array(predictions).reshape(-1, len(labels)) if predictions else np.array([]),
    }


class _Rows:
    """What the naive reference needs of a sample."""

    weights = None

    def __init__(self, labels: np.ndarray) -> None:
        self.labels, self.n = labels, len(labels)


def saved(folder: Path, arrays: Arrays) -> str:
    path = folder / "sequence.npz"
    np.savez(path, **arrays)
    return str(path)


@needs_shared
@pytest.mark.parametrize(("name", "flags"), [("amazon_upd.npz", []), ("amazon_csc.npz", ["--skip-new-group"])])
def test_reproduces_the_reference_bit_for_bit(name: str, flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GOLDEN / name), *flags]) == 0
    assert "13 accepted" in capsys.readouterr().out.splitlines()[-1]


@needs_shared
def test_the_forgetful_updater_is_not_reproduced_without_its_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GOLDEN / "amazon_csc.npz")]) == 1
    assert "MISMATCH" in capsys.readouterr().out


@needs_shared
@pytest.mark.parametrize("name", ["amazon_upd.npz", "amazon_csc.npz"])
def test_the_naive_reference_agrees_with_the_golden_decisions(name: str) -> None:
    archive = read_archive(GOLDEN / name)
    steps = list(replay_archive(archive, skip_new_group="csc" in name))
    pairs = [(archive.masks[s.number], archive.patches[s.number]) for s in steps if s.decision == 1]
    pdl = DecisionList()
    for update, step in enumerate(step for step in steps if step.decision == 1):
        pdl = pdl.publish([Leaf(update, update), *step.repairs])
        assert naive.routed(pdl, archive.initial, pairs).tolist() == archive.predictions[update].tolist()


@pytest.mark.parametrize("seed", range(6))
def test_reproduces_generated_sequences_with_empty_groups(seed: int, tmp_path: Path) -> None:
    arrays = generated(seed)
    assert main([saved(tmp_path, arrays)]) == 0


def test_generated_sequences_have_accepts_refusals_skips_and_repairs() -> None:
    drawn = [generated(seed) for seed in range(6)]
    assert {-1, 0, 1} <= {int(each) for arrays in drawn for each in arrays["accepted"]}
    assert any(arrays["nodes"][-1] > 1 + (arrays["accepted"] == 1).sum() for arrays in drawn)


def test_replays_a_sequence_without_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = generated(0, hopeless=True)
    assert main([saved(tmp_path, arrays)]) == 0
    assert "0 accepted" in capsys.readouterr().out
    arrays["predictions"] = np.zeros((0, 83), dtype=np.uint8)
    assert main([saved(tmp_path, arrays)]) == 0


def test_replays_a_sequence_without_submissions(tmp_path: Path) -> None:
    assert main([saved(tmp_path, generated(0, submissions=0))]) == 0


def flipped(name: str, change: int) -> Arrays:
    arrays = generated(1)
    arrays[name] = arrays[name].copy()
    where = np.flatnonzero(arrays["accepted"] == 1)[0] if name == "accepted" else (0,) * arrays[name].ndim
    arrays[name][where] = change if name == "accepted" else arrays[name][where] + change
    return arrays


@pytest.mark.parametrize(
    ("name", "change"), [("accepted", 0), ("accepted", -1), ("nodes", 1), ("predictions", 1), ("y", 1), ("f0", 1)]
)
def test_exits_1_on_any_mismatch(name: str, change: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([saved(tmp_path, flipped(name, change))]) == 1
    assert "MISMATCH" in capsys.readouterr().out
    assert main([saved(tmp_path, generated(1))]) == 0


def test_exits_1_when_predictions_are_missing_or_left_over(tmp_path: Path) -> None:
    arrays = generated(1)
    for predictions in (arrays["predictions"][:-1], np.vstack([arrays["predictions"], arrays["predictions"][:1]])):
        assert main([saved(tmp_path, arrays | {"predictions": predictions})]) == 1
    assert main([saved(tmp_path, arrays)]) == 0


MALFORMED: dict[str, Arrays] = {
    "another n": {"n": np.array(84)},
    "labels of two axes": {"y": np.zeros((83, 1), dtype=np.uint8)},
    "no rows": {"y": np.zeros(0, dtype=np.uint8)},
    "masks of too few bytes": {"masks": np.zeros((12, 10), dtype=np.uint8)},
    "masks that are not packed": {"masks": np.zeros((12, 83), dtype=bool)},
    "patches of another length": {"h": np.zeros((12, 82), dtype=np.uint8)},
    "fewer decisions": {"accepted": np.zeros(11, dtype=np.int64)},
    "a decision of 2": {"accepted": np.full(12, 2)},
    "nodes of text": {"nodes": np.array(["x"] * 12)},
    "predictions of another length": {"predictions": np.zeros((3, 80), dtype=np.uint8)},
    "a prediction that is no number": {"predictions": np.full((3, 83), np.nan)},
    "a fraction as label": {"y": np.full(83, 0.5)},
    "a label beyond 32 bits": {"y": np.full(83, 2**40)},
    "a single number": {"y": np.array(1)},
    "pickled objects": {"y": np.array([{}] * 83, dtype=object)},
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_exits_2_with_one_sentence_on_a_malformed_file(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([saved(tmp_path, generated(1) | MALFORMED[fault])]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.endswith(".\n")
    assert main([saved(tmp_path, generated(1))]) == 0


def test_exits_2_when_an_array_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = generated(1)
    del arrays["h"], arrays["n"]
    assert main([saved(tmp_path, arrays)]) == 2
    assert "no array named h" in capsys.readouterr().err
    assert main([saved(tmp_path, arrays | {"h": generated(1)["h"]})]) == 0  # n may be left out


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + b"\0" * 40, b"\x93NUMPY\x01\x00"])
def test_exits_2_on_a_file_that_is_no_archive(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(content)
    assert main([str(tmp_path / "broken.npz")]) == 2


def test_exits_2_on_a_truncated_or_damaged_archive(tmp_path: Path) -> None:
    whole = Path(saved(tmp_path, generated(1))).read_bytes()
    for content in (whole[: len(whole) // 2], whole[:400] + b"\xff" * 40 + whole[440:]):
        (tmp_path / "broken.npz").write_bytes(content)
        assert main([str(tmp_path / "broken.npz")]) == 2


def test_exits_2_on_a_missing_file_a_folder_and_a_single_array(tmp_path: Path) -> None:
    np.save(tmp_path / "single.npy", np.zeros(3))
    for path in (tmp_path / "missing.npz", tmp_path, tmp_path / "single.npy"):
        assert main([str(path)]) == 2


def test_never_unpickles(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArchiveError, match="cannot be read"):
        read_archive(Path(saved(tmp_path, generated(1) | {"h": np.array([print], dtype=object)})))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_no_damage_escapes_as_another_error(save: Callable[..., None], tmp_path: Path) -> None:
    path, rng = tmp_path / "broken.npz", np.random.default_rng(0)
    save(path, **generated(1))
    whole = path.read_bytes()
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            read_archive(path)
        except UnreadableArchiveError:
            refused += 1
    assert refused > 100
