"""Lets hostile ONNX files loose, with every after-check. Also a command: LAYER EVERY, for each so many-th of them."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from scoring.sandbox import MODEL_LIMITS, Layer, PatchRun, SandboxVerdict, run_model, run_model_hidden
from scoring.sandbox.range import Range
from tests.sandbox.onnx_attacks import GOOD, OnnxAttack, attacks

# Where others use the machine too, a second of processor time takes longer.
QUICK: Final = replace(MODEL_LIMITS, cpu_s=1)
SPENT: Final = {SandboxVerdict.CPU_LIMIT, SandboxVerdict.TIMEOUT}


def problems_of(attack: OnnxAttack, ground: Range) -> Iterator[str]:
    """All that is wrong with what became of the attack."""
    ground.begin()
    runs = _let_loose(attack, ground)
    # one view alone cannot tell a model that looks at other rows
    aloud = {SandboxVerdict.OK} if SandboxVerdict.NOT_ROWWISE in attack.expect else set()
    for run, expected in zip(runs, (set(attack.expect), {*attack.expect, *aloud}), strict=False):
        if run.verdict not in expected:
            yield f"{run.verdict} was not expected: {run.message}"
    if runs[0].message or runs[0].log or runs[0].line is not None:
        yield "a hidden run said something"
    yield from ground.problems(*runs)


def _let_loose(attack: OnnxAttack, ground: Range) -> list[PatchRun]:
    """In silence, and aloud unless that would only waste the time once more."""
    classes = tuple(range(attack.n_classes))
    silent = run_model_hidden(
        ground.box, attack.file, ground.table, classes=classes, limits=QUICK, seed=len(attack.name)
    )
    if silent.verdict in SPENT:
        return [silent]
    return [silent, run_model(ground.box, attack.file, ground.table, classes=classes, limits=QUICK, hidden=False)]


def main(layer: str, every: str) -> int:
    """Prints what is wrong, and how many were tried."""
    with Range(Layer(layer)) as ground:
        good = OnnxAttack("a good file", (SandboxVerdict.OK,), GOOD)
        chosen = [good, *attacks(ground.secret)][:: int(every)]
        wrong = [f"{attack.name}: {said}" for attack in chosen for said in problems_of(attack, ground)]
    print(*wrong, f"{len(chosen)} tried, {len(wrong)} wrong", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
