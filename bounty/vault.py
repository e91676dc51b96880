"""The one door to hidden rows. Import writes through it, evidence reads through it, and nothing else may import it.

Each hidden split lies in two files: what entrants' code is run on (features and columns of predictions), and what only
scoring sees (id, unit, weight, label). Their sha256 is the split's. Beside them lies the salt of the commitment to
them.
"""

import hashlib
import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from bounty.errors import BountyError, Fault
from bounty.models import Competition, DataColumn, DataSplit
from bounty.samples import candidates_of, sample_of
from scoring.commitments import SALT_BYTES, split_digest
from scoring.losses import Sample
from scoring.tables import Table, encode
from scoring.types import Answers

FEATURES = "features"
LABELS = "labels"
_CACHED_COMPETITIONS = 8


@dataclass(frozen=True)
class HiddenFeatures:
    """The hidden rows' features, pooled in the order holdout, guard, sealed; ``rows`` has the slice of each."""

    table: Table
    candidates: Mapping[str, Answers]
    rows: Mapping[str, slice]


def store(competition: Competition, split: str, *, features: pd.DataFrame, labels: pd.DataFrame) -> str:
    """Write one hidden split and return its sha256: of the two files, features first."""
    digest = hashlib.sha256()
    for part, frame in ((FEATURES, features), (LABELS, labels)):
        data = frame.to_parquet(index=False)
        digest.update(data)
        path = _path(competition, split, part)
        _storage().delete(path)  # left by an import that was killed; it would be kept and this one renamed
        _storage().save(path, ContentFile(data))
    return digest.hexdigest()


def discard(competition: Competition) -> None:
    """Take away what an import that failed has written."""
    for split in DataSplit.HIDDEN:
        for part in (FEATURES, LABELS):
            _storage().delete(_path(competition, split, part))
        _storage().delete(f"{_folder(competition)}/{split}")
    _storage().delete(_salt_path(competition))
    _storage().delete(_folder(competition))


def features(competition: Competition) -> HiddenFeatures:
    """What entrants' code may be run on; read once per process, and not to be changed."""
    return _read(competition.pk, competition.bundle_sha256)[0]


def labels(competition: Competition) -> Sample:
    """Labels, weights and units of the pooled hidden rows; read once per process, and not to be changed."""
    return _read(competition.pk, competition.bundle_sha256)[1]


def digests(competition: Competition) -> dict[str, str]:
    """What the commitment is of: the digest of each hidden split's rows, as `scoring.commitments` describes it."""
    return {split.value: split_digest(_frame(competition, split)) for split in DataSplit.HIDDEN}


def salt(competition: Competition) -> bytes:
    """The salt of the competition's commitment; made once, at random."""
    path = _salt_path(competition)
    if not _storage().exists(path):
        _storage().save(path, ContentFile(secrets.token_bytes(SALT_BYTES)))
    with _storage().open(path) as file:
        return bytes(file.read())


@lru_cache(maxsize=_CACHED_COMPETITIONS)
def _read(pk: int, _bundle_sha256: str) -> tuple[HiddenFeatures, Sample]:
    competition = Competition.objects.get(pk=pk)
    frames = {split: _frame(competition, split) for split in DataSplit.HIDDEN}
    pooled = pd.concat(frames.values(), ignore_index=True)
    ends = np.cumsum([0, *(len(frame) for frame in frames.values())]).tolist()
    rows = {str(split): slice(ends[i], ends[i + 1]) for i, split in enumerate(frames)}
    table = encode(pooled, DataColumn.features_of(competition))
    return HiddenFeatures(table, candidates_of(competition, pooled), rows), sample_of(competition, pooled)


def _frame(competition: Competition, split: str) -> pd.DataFrame:
    digest, parts = hashlib.sha256(), []
    for part in (FEATURES, LABELS):
        with _storage().open(_path(competition, split, part)) as file:
            data = file.read()
        digest.update(data)
        parts.append(pd.read_parquet(io.BytesIO(data)))
    if digest.hexdigest() != competition.splits.get(name=split).sha256:
        raise BountyError("SPLIT_DAMAGED", f"The stored {split} split is damaged.", fault=Fault.PLATFORM)
    return pd.concat(parts, axis="columns")


def _storage() -> Storage:
    return storages["vault"]


def _folder(competition: Competition) -> str:
    return f"competitions/{competition.pk}-{competition.bundle_sha256[:16]}"


def _salt_path(competition: Competition) -> str:
    return f"{_folder(competition)}/commitment.salt"


def _path(competition: Competition, split: str, part: str) -> str:
    return f"{_folder(competition)}/{split}/{part}.parquet"
