"""Races on purpose: threads that meet in the middle of what only one of them should be in."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import QuerySet

WAIT_S = 1.0  # for the other to come: where a lock keeps it out, so long is waited in vain, once a test


class Meeting:
    """Where two threads wait for each other. ``held`` says whether both were there."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(2, timeout=WAIT_S)
        self.held = False
        self.came: set[int] = set()

    def meet(self) -> None:
        """Wait for the other thread; go on alone when it does not come. A thread meets once."""
        if threading.get_ident() in self.came:
            return
        self.came.add(threading.get_ident())
        try:
            self.barrier.wait()
            self.held = True
        except threading.BrokenBarrierError:
            pass

    def after(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, and then the meeting."""

        def meets(*args: Any, **kwargs: Any) -> Any:
            found = function(*args, **kwargs)
            self.meet()
            return found

        return meets

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The meeting, and then the function."""

        def meets(*args: Any, **kwargs: Any) -> Any:
            self.meet()
            return function(*args, **kwargs)

        return meets


def together(*acts: Callable[[], object]) -> list[object]:
    """Do the acts at once, each in a thread with a connection of its own; what each returned or raised."""
    outcomes: list[object] = [None] * len(acts)

    def run(i: int) -> None:
        try:
            outcomes[i] = acts[i]()
        except Exception as fault:  # noqa: BLE001  the outcome is what the test is about
            outcomes[i] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def take_the_lock_away(monkeypatch: pytest.MonkeyPatch, model: type[models.Model]) -> None:
    """Rows of ``model`` are no longer locked; on SQLite, whose lock is that of the whole file, none is at BEGIN."""
    locked = QuerySet.select_for_update

    def unlocked(rows: "QuerySet[Any]", *args: Any, **kwargs: Any) -> "QuerySet[Any]":
        return rows if rows.model is model else locked(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "transaction_mode", "DEFERRED")
