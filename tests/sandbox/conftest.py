"""A box, made once, and a small table to run things on."""

from collections.abc import Iterator

import numpy as np
import pytest

from scoring.sandbox import Box, Probe, probe
from scoring.tables import NumberColumn, Table, TextColumn


@pytest.fixture(scope="session")
def probed() -> Probe:
    return probe()


@pytest.fixture(scope="session")
def box(probed: Probe) -> Iterator[Box]:
    if not probed.ok:
        pytest.fail(f"no box can be made here: {'; '.join(probed.reasons)}")
    with Box.start() as box:
        yield box


@pytest.fixture
def fresh_box() -> Iterator[Box]:
    """A box of the test's own, to be hurt."""
    with Box.start() as box:
        yield box


@pytest.fixture(scope="session")
def people() -> Table:
    """A thousand people: numbers with and without gaps, whole numbers, text with gaps."""
    rng = np.random.default_rng(5)
    n = 1000
    income = rng.normal(40, 12, n)
    income[rng.random(n) < 0.1] = np.nan
    sexes = rng.integers(-1, 2, n).astype(np.int32)
    return Table(
        (
            NumberColumn("age", rng.integers(17, 90, n)),
            NumberColumn("income", income),
            TextColumn("sex", sexes, ("F", "M")),
        ),
        n,
    )
