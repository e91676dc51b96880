"""The trusted side of the box: keeps one running, and gives it one job at a time."""

import contextlib
import logging
import os
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from scoring.sandbox.attempt import Attempt, Outcome
from scoring.sandbox.encoding import seal_table, values_of
from scoring.sandbox.errors import BoxError
from scoring.sandbox.installation import default_python
from scoring.sandbox.layers import Layer, launcher_socket
from scoring.sandbox.limits import Limits
from scoring.sandbox.process import BoxProcess
from scoring.sandbox.protocol import Expected, Job
from scoring.sandbox.stream import StreamAttempt, StreamProcess
from scoring.sandbox.verdicts import SandboxVerdict
from scoring.tables import Column, Table

log: Final = logging.getLogger(__name__)
JOBS_PER_BOX: Final = 500
KEPT_TABLES: Final = 6
KEPT_ORDERS: Final = 2


class Box:
    """A warm box for one thread of one worker process; made anew after some jobs, and on any doubt.

    Use ``Box.start()`` and ``close()``, or ``with Box.start() as box``.
    """

    def __init__(self, layer: Layer, python: Path, jobs_per_box: int) -> None:
        self._layer, self._python, self._jobs_per_box = layer, python, jobs_per_box
        self._process: BoxProcess | StreamProcess | None = None
        self._jobs = 0
        self.generation = 0  # counts the boxes this one has been
        self._tables: OrderedDict[tuple[int, bool], tuple[Table | Column, int]] = OrderedDict()
        self._orders: OrderedDict[int, tuple[Table, Table]] = OrderedDict()
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="view")  # its thread begins with its work

    @classmethod
    def start(
        cls, *, layer: Layer = Layer.BWRAP, python: Path | None = None, jobs_per_box: int = JOBS_PER_BOX
    ) -> "Box":
        """A running box. Raises BoxError, with one plain sentence, where none can be made."""
        box = cls(layer, python or default_python(), jobs_per_box)
        box.renew()
        return box

    @property
    def alive(self) -> bool:
        """Whether the box can take a job at once."""
        return self._process is not None and self._process.alive

    def renew(self) -> None:
        """Ends the processes of this box, whatever their state, and starts new ones."""
        self._end()
        self._process, self._jobs = self._begin(), 0
        self.generation += 1

    def _begin(self) -> BoxProcess | StreamProcess:
        if self._layer is Layer.CONTAINER:
            return StreamProcess(launcher_socket())  # its interpreter is the launcher's choice
        return BoxProcess(self._layer, self._python)

    def processes(self) -> frozenset[int]:
        """The process ids, outside, of everything that runs in the box."""
        return frozenset() if self._process is None else self._process.family()

    def waiting(self) -> int:
        """The process id, outside, of the waiting interpreter."""
        process = self._running()
        if isinstance(process, StreamProcess):
            raise BoxError("the processes inside a container are not told apart from outside")
        return process.waiting()

    def close(self) -> None:
        """Ends the box and forgets its tables."""
        self._end()
        self._orders.clear()
        while self._tables:
            os.close(self._tables.popitem()[1][1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None

    def keep(self, given: Table | Column, order: NDArray[np.int64] | None = None) -> int:
        """A table or a column as a sealed file, written once and used again while it is among the last few.

        ``order``, where rows are wanted in another one than the table's own, must be the same for the same table.
        """
        key = id(given), order is not None
        found = self._tables.pop(key, None)
        if found is None:
            table = given if isinstance(given, Table) else Table((given,), len(values_of(given)))
            found = (given, seal_table(table, order))  # holding what was given keeps its id from another
        self._tables[key] = found
        while len(self._tables) > KEPT_TABLES:
            os.close(self._tables.popitem(last=False)[1][1])
        return found[1]

    @contextlib.contextmanager
    def view(self, table: Table, order: NDArray[np.int64], stretches: tuple[slice, ...]) -> Iterator["Future[int]"]:
        """Stretches of the table in another order as a sealed file, for the time of one job.

        It is written by a thread beside whatever else is done in the meantime. As for ``keep``, ``order`` must be the
        same for the same table: the reordered table is made once.
        """
        writing = self._writer.submit(seal_table, self._reordered(table, order), stretches)
        try:
            yield writing
        finally:
            os.close(writing.result())

    def _reordered(self, table: Table, order: NDArray[np.int64]) -> Table:
        found = self._orders.pop(id(table), None) or (table, table.take(order))
        self._orders[id(table)] = found
        while len(self._orders) > KEPT_ORDERS:
            self._orders.popitem(last=False)
        return found[1]

    def run(self, job: Job, source: bytes, tables: list[int], expected: Expected, limits: Limits) -> Outcome:
        """Runs one job on sealed tables: the rows to answer for, then public rows and labels for a patch.

        A failure of the box itself is tried once more in a fresh one, and then told as SANDBOX_ERROR.
        """
        for _ in range(2):
            try:
                if not self.alive or self._jobs >= self._jobs_per_box:
                    self.renew()
                self._jobs += 1
                return self._attempt(job, expected, limits).run(source, tables)
            except (BoxError, OSError) as error:
                log.warning("the box failed: %s", error)  # never what the job said: nothing of it is in these errors
                self._end()
        return Outcome(SandboxVerdict.SANDBOX_ERROR, 0.0)

    def _attempt(self, job: Job, expected: Expected, limits: Limits) -> Attempt | StreamAttempt:
        process = self._running()
        if isinstance(process, StreamProcess):
            return StreamAttempt(process, job, expected, limits)
        return Attempt(process, job, expected, limits)

    def _running(self) -> BoxProcess | StreamProcess:
        if self._process is None:
            raise BoxError("the box is closed")
        return self._process
