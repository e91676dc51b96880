"""A group's source in the box: its mask, its words, and what each mistake is called."""

import numpy as np
import pytest

from scoring.sandbox import Box, Limits, SandboxVerdict, run_group, run_group_hidden
from scoring.sandbox.runs import draw_views
from scoring.tables import Table

V = SandboxVerdict
OLD = b"def group(X):\n    return X['age'] > 64\n"


def old(people: Table) -> np.ndarray:
    return people["age"].values > 64


def test_the_mask_is_in_the_order_of_the_table(box: Box, people: Table) -> None:
    run = run_group(box, OLD, people, hidden=False)
    assert (run.verdict, run.message, run.log, run.line) == (V.OK, "", "", None)
    np.testing.assert_array_equal(run.mask, old(people))


def test_a_hidden_mask_is_in_the_order_of_the_table(box: Box, people: Table) -> None:
    run = run_group_hidden(box, OLD, people, seed=3)
    assert run.verdict == V.OK
    np.testing.assert_array_equal(run.mask, old(people))


@pytest.mark.parametrize(
    "source",
    [
        b"def group(row):\n    return row['age'] > 64",
        b"def group(row):\n    return row.age > 64",
        b"def group_row(person):\n    return person['age'] > 64",
        b"def group(X):\n    return (X['age'] > 64).to_numpy()",
        b"def group(X):\n    return [age > 64 for age in X['age']]",
        b"def group(X):\n    return (X['age'] > 64).astype('boolean')",
        b"group = lambda X: (X['age'] > 64).astype(object)",
    ],
)
def test_a_group_may_be_written_by_row_or_by_column(box: Box, people: Table, source: bytes) -> None:
    run = run_group_hidden(box, source, people, seed=3)
    assert run.verdict == V.OK
    np.testing.assert_array_equal(run.mask, old(people))


def test_a_row_holds_plain_values_and_none_where_text_is_missing(box: Box, people: Table) -> None:
    source = (
        b"def group(row):\n    assert type(row.age) is int and row.sex in ('F', 'M', None)\n    return row.sex is None"
    )
    run = run_group(box, source, people, hidden=False)
    assert run.verdict == V.OK, run.message
    np.testing.assert_array_equal(run.mask, people["sex"].codes == -1)


def test_the_frame_is_that_of_the_table(box: Box, people: Table) -> None:
    source = b"def group(X):\n    raise ValueError(X.dtypes.astype(str).to_list(), X.index, X['income'].isna().sum())"
    message = run_group(box, source, people, hidden=False).message
    missing = int(np.isnan(people["income"].values).sum())
    assert message == (
        f"ValueError: (['int64', 'float64', 'category'], RangeIndex(start=0, stop=1000, step=1), np.int64({missing}))"
    )


def test_a_public_failure_says_what_and_where(box: Box, people: Table) -> None:
    run = run_group(
        box, b"import pandas\n\ndef group(X):\n    print('hello')\n    return X['agee']", people, hidden=False
    )
    assert (run.verdict, run.message, run.line, run.log) == (V.RUNTIME_ERROR, "KeyError: 'agee'", 5, "hello\n")


def test_a_hidden_failure_says_nothing(box: Box, people: Table) -> None:
    source = b"def group(X):\n    print(X)\n    raise ValueError(X)"
    silent = run_group_hidden(box, source, people, seed=1)
    assert (silent.verdict, silent.message, silent.log, silent.line) == (V.RUNTIME_ERROR, "", "", None)
    one_view = run_group(box, source, people, hidden=True)
    assert (one_view.verdict, one_view.message, one_view.log, one_view.line) == (V.RUNTIME_ERROR, "", "", None)
    assert run_group(box, source, people, hidden=False).log


def test_a_hidden_run_tells_its_duration_in_coarse_steps(box: Box, people: Table) -> None:
    assert run_group_hidden(box, OLD, people, seed=1).duration_s == 1.0
    assert run_group_hidden(box, b"1 / 0", people, seed=1).duration_s == 1.0


@pytest.mark.parametrize(
    ("source", "verdict", "message", "line"),
    [
        (b"def group(X:\n", V.SYNTAX_ERROR, "'(' was never closed", 1),
        (b"import pandas\n", V.MISSING_FUNCTION, "the source must define a function called group", None),
        (b"group = 3\n", V.MISSING_FUNCTION, "the source must define a function called group", None),
        (b"def group(X):\n    pass\n", V.INVALID_OUTPUT,
         "group returned nothing (None), not a Series, an array or a list", None),
        (b"def group(X):\n    return X['age']\n", V.INVALID_OUTPUT,
         "group returned values of type int64; True or False is wanted for each row", None),
        (b"def group(X):\n    return (X['age'] > 3).to_numpy()[1:]\n", V.INVALID_OUTPUT,
         "group returned 999 values for 1000 rows", None),
        (b"def group(X):\n    return (X['age'] > 64).sort_values()\n", V.INVALID_OUTPUT,
         "group returned a Series whose index is not that of the rows it was given", None),
        (b"import sys\nsys.exit()\n", V.EXITED, "SystemExit", 2),
        (b"def group(X):\n    return bytearray(1 << 40)\n", V.MEMORY_LIMIT, "MemoryError", 2),
        (b"import os\ndef group(X):\n    os.abort()\n", V.CRASHED, "the process was ended by SIGABRT", None),
        (b"import os\ndef group(X):\n    os.fork()\n", V.FORBIDDEN_SYSCALL, "os.fork is not allowed in the sandbox", 3),
    ],
)  # fmt: skip
def test_each_mistake_has_its_verdict_and_its_words(
    box: Box, people: Table, source: bytes, verdict: SandboxVerdict, message: str, line: int | None
) -> None:
    run = run_group(box, source, people, hidden=False)
    assert (run.verdict, run.message, run.line) == (verdict, message, line)
    assert run.mask is None


@pytest.mark.parametrize(
    "answer",
    [
        "X['age'].rank(method='first') % 2 == 0",
        "X.index % 2 == 0",
        "X['age'].shift(fill_value=0) > 64",
        "[len(X) > 960] * len(X)",
    ],
)
def test_an_answer_that_looks_at_other_rows_is_not_rowwise(box: Box, people: Table, answer: str) -> None:
    source = f"def group(X):\n    return {answer}".encode()
    assert run_group_hidden(box, source, people, seed=2).verdict == V.NOT_ROWWISE
    # the same source on one view shows no fault: it takes two to see it
    assert run_group(box, source, people, hidden=False).verdict == V.OK


def test_views_are_all_rows_and_a_part_in_two_orders() -> None:
    sizes = []
    for seed in range(200):
        views = draw_views(1000, seed)
        whole, part = views.whole, views.part
        assert sorted(whole.tolist()) == list(range(1000))
        assert len(set(part.tolist())) == len(part)
        assert not np.array_equal(whole[: len(part)], part)
        sizes.append(len(part))
    assert 600 <= min(sizes) < 650
    assert 900 < max(sizes) <= 950


def test_the_same_seed_draws_the_same_views() -> None:
    np.testing.assert_array_equal(draw_views(100, 4).part, draw_views(100, 4).part)
    assert len(draw_views(1000, 4).part) != len(draw_views(1000, 5).part)


def test_a_table_of_one_row_can_be_judged(box: Box, people: Table) -> None:
    run = run_group_hidden(box, OLD, people.take(np.array([0])), seed=0)
    assert run.verdict == V.OK
    assert run.mask.shape == (1,)


def test_a_longer_log_than_allowed_ends_the_job(box: Box, people: Table) -> None:
    shout = b"def group(X):\n    print('x' * %d)\n    return X['age'] > 64"
    fits, over = (
        run_group(box, shout % 65_535, people, hidden=False),
        run_group(box, shout % 65_536, people, hidden=False),
    )
    assert (fits.verdict, len(fits.log)) == (V.OK, 65_536)
    assert (over.verdict, len(over.log)) == (V.OUTPUT_LIMIT, 65_536)


def test_processor_time_and_waiting_are_told_apart(box: Box, people: Table) -> None:
    busy = Limits(cpu_s=1, wall_s=60, memory_bytes=1 << 28)  # far more than a busy machine needs for one CPU second
    assert run_group(box, b"while True: pass", people, limits=busy, hidden=False).verdict == V.CPU_LIMIT
    idle = Limits(cpu_s=60, wall_s=1.4, memory_bytes=1 << 28)
    sleeping = b"import time\ntime.sleep(99)"
    assert run_group(box, sleeping, people, limits=idle, hidden=False).verdict == V.TIMEOUT


def test_memory_is_counted_beyond_what_the_job_was_given(box: Box, people: Table) -> None:
    take = b"import numpy as np\ndef group(X):\n    np.ones(%d << 20, 'u1')\n    return X['age'] > 64"
    limits = Limits(cpu_s=2, wall_s=9, memory_bytes=200 << 20)
    assert run_group(box, take % 150, people, limits=limits, hidden=False).verdict == V.OK
    assert run_group(box, take % 250, people, limits=limits, hidden=False).verdict == V.MEMORY_LIMIT


def test_source_longer_than_allowed_is_refused(box: Box, people: Table) -> None:
    fits, over = OLD.ljust(256 * 1024, b"#"), OLD.ljust(256 * 1024 + 1, b"#")
    assert run_group(box, fits, people, hidden=False).verdict == V.OK
    assert run_group(box, over, people, hidden=False).verdict == V.SYNTAX_ERROR
