"""The lending competition for one test after another: imported once, its rows written again for the next.

An import takes seconds, hundreds of tests begin with the same one, and each is rolled back. Files are not part of a
transaction: they lie on under the competition's key, and the next test's competition has the same key as long as
nothing was committed. Where it has another, it is imported again.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.core.files.storage import storages
from django.db import models, transaction

from bounty.actions.import_bundle import examine, import_examined
from bounty.actions.record import record
from bounty.bundle.reading import Bundle
from bounty.models import Competition, DataSplit, User


@dataclass(frozen=True)
class _Rows:
    competition: Competition
    parts: list[models.Model]


class Imports:
    """Imports of one bundle, as one organiser's draft."""

    def __init__(self, path: Path) -> None:
        self._bundle: Bundle = examine(path)
        self._rows: dict[int, _Rows] = {}

    def draft(self, organiser: User) -> Competition:
        with transaction.atomic():
            made = self._written_again(organiser)
        return made or self._imported(organiser)

    def _imported(self, organiser: User) -> Competition:
        made = import_examined(self._bundle, organiser=organiser)
        parts: list[models.Model] = [*made.data_columns.all(), *made.splits.all(), *made.round_times.all()]
        self._rows[made.pk] = _Rows(copy.deepcopy(made), [*parts, *made.versions.all()])
        return made

    def _written_again(self, organiser: User) -> Competition | None:
        """None where the next key is not one that was imported before, and nothing is left of the attempt."""
        for rows in list(self._rows.values())[:1]:
            made = _unsaved(rows.competition)
            made.organiser = organiser  # type: ignore[assignment]  # the cast is made anew for every test
            made.save(force_insert=True)
            known = self._rows.get(made.pk)
            if known and _files_are_there(known):
                self._write_parts(known, made)
                return made
            transaction.set_rollback(True)
        return None

    def _write_parts(self, known: _Rows, made: Competition) -> None:
        for part in map(_unsaved, known.parts):
            part.competition = made  # type: ignore[attr-defined]  # each of them belongs to one
            part.save(force_insert=True)
        subject = f"competition:{made.pk}"
        record("import_bundle", subject=subject, competition=made, actor=made.organiser, sha256=self._bundle.sha256)


Row = TypeVar("Row", bound=models.Model)


def _unsaved(row: Row) -> Row:
    fresh = copy.deepcopy(row)
    fresh.pk, fresh._state.adding = None, True
    return fresh


def _files_are_there(rows: _Rows) -> bool:
    files = [part.file for part in rows.parts if isinstance(part, DataSplit) and part.file]
    return all(storages["default"].exists(file) for file in files)
