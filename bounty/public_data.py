"""The public rows of a competition: what entrants download, and what everything public is computed from."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from bounty.errors import BountyError, Fault
from bounty.models import Competition, DataColumn, DataSplit
from bounty.samples import candidates_of, sample_of
from scoring.losses import Sample
from scoring.tables import Column, Table, encode, encode_column
from scoring.types import Answers

_CACHED_COMPETITIONS = 8


@dataclass(frozen=True)
class PublicData:
    """Train rows, then validation rows; ``labels`` are the label values of train as the file has them.

    ``train_table`` is train alone, one object for all fits: the box keeps what it has encoded by its table.
    """

    table: Table
    train_table: Table
    sample: Sample
    candidates: Mapping[str, Answers]
    train: slice
    validation: slice | None
    labels: Column


def load(competition: Competition) -> PublicData:
    """The public rows in the platform's encoding; read once per process, and not to be changed."""
    return _load(competition.pk, competition.bundle_sha256)


def read_split(split: DataSplit) -> bytes:
    """The stored Parquet file of a public split, checked against its sha256."""
    with storages["default"].open(split.file) as file:
        data: bytes = file.read()
    if hashlib.sha256(data).hexdigest() != split.sha256:
        raise BountyError("SPLIT_DAMAGED", f"The stored {split.name} split is damaged.", fault=Fault.PLATFORM)
    return data


def as_csv(split: DataSplit) -> bytes:
    """The same rows as CSV (UTF-8, a header, empty where missing)."""
    return pd.read_parquet(io.BytesIO(read_split(split))).to_csv(index=False, lineterminator="\n").encode()


def store(competition: Competition, split: str, rows: pd.DataFrame) -> DataSplit:
    """Write one public split to the default storage; the row that describes it is returned unsaved."""
    data = rows.to_parquet(index=False)
    path = _path(competition, split)
    storages["default"].delete(path)  # left by an import that was killed
    storages["default"].save(path, ContentFile(data))
    return DataSplit(
        competition=competition,
        name=split,
        rows=len(rows),
        units=rows[competition.unit].nunique() if competition.unit else None,
        sha256=hashlib.sha256(data).hexdigest(),
        file=path,
        size_bytes=len(data),
    )


def discard(competition: Competition) -> None:
    """Take away what an import that failed has written."""
    for split in DataSplit.PUBLIC:
        storages["default"].delete(_path(competition, split))
    storages["default"].delete(_folder(competition))


@lru_cache(maxsize=_CACHED_COMPETITIONS)
def _load(pk: int, _bundle_sha256: str) -> PublicData:
    competition = Competition.objects.get(pk=pk)
    frames = [
        pd.read_parquet(io.BytesIO(read_split(split)))
        for name in DataSplit.PUBLIC
        for split in competition.splits.filter(name=name)
    ]
    rows = pd.concat(frames, ignore_index=True)
    n_train = len(frames[0])
    table = encode(rows, DataColumn.features_of(competition))
    return PublicData(
        table=table,
        train_table=table.take(np.arange(n_train)),
        sample=sample_of(competition, rows),
        candidates=candidates_of(competition, rows),
        train=slice(0, n_train),
        validation=slice(n_train, len(rows)) if len(frames) > 1 else None,
        labels=encode_column(competition.label, frames[0][competition.label]),
    )


def _folder(competition: Competition) -> str:
    return f"competitions/{competition.pk}-{competition.bundle_sha256[:16]}"


def _path(competition: Competition, split: str) -> str:
    return f"{_folder(competition)}/{split}.parquet"
