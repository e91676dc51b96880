"""Provisional figures of many stored pairs at once, from one pass over their masks; the same numbers as one by one.

The masks lie in a file of this host's, mapped into memory and grown by what it lacks: a copy of what is stored under
digests, which may be deleted at any time. It tells labels (which rows a patch answers rightly), so it lies beside the
vault's folder and is for the site's account alone.
"""

import fcntl
import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from bounty import arrays, evidence
from bounty.evidence import Provisional
from bounty.models import Competition, HostedModelVersion
from scoring import kernels
from scoring.errors import DamagedStoreError
from scoring.harms import Harm
from scoring.mask_store import MaskStore
from scoring.pair_counts import MASKS, PLANES, PairCounts, is_countable, masks_of_pair, planes_of_model

Digests = tuple[str, str]  # of a pair's hidden mask and its hidden answers
log = logging.getLogger(__name__)
BLOCK_BYTES: Final = 64 * 2**20
APPEND_PAIRS: Final = 64


def can_recount(competition: Competition) -> bool:
    """Whether counts say everything about this competition's pairs; elsewhere each is scored by itself."""
    return is_countable(evidence.holdout_sample(competition), Harm(competition.harm))


def holdout_size(competition: Competition) -> int:
    return evidence.holdout_sample(competition).n


def count(
    competition: Competition, version: HostedModelVersion, pairs: Sequence[Digests], *, rows: slice | None = None
) -> NDArray[np.int64]:
    """What the masks of each pair share with the version's planes on the holdout: (pairs, 2, 4).

    ``rows``: of a part of the holdout, beginning at a multiple of eight. Counts of parts add up to those of the whole.
    """
    sample = evidence.holdout_sample(competition)
    part = slice(0, sample.n) if rows is None else rows
    head = arrays.load(version.hidden_answers)[evidence.holdout_rows(competition)]
    planes = planes_of_model(sample, head, Harm(competition.harm))
    store, masks, places = _stored(competition, pairs)
    at = slice(part.start // 8, (part.stop + 7) // 8)
    chosen = np.stack([store.padded(plane) for plane in planes])[:, at]
    step = max(1, BLOCK_BYTES // (MASKS * chosen.shape[1]))
    found = np.zeros((len(pairs), MASKS, PLANES), dtype=np.int64)
    for start in range(0, len(pairs), step):
        positions = places[start : start + step]
        block = masks[positions.reshape(-1), at]
        found[start : start + step] = kernels.overlaps(block, chosen).reshape(-1, MASKS, PLANES)
    return found


def figures(competition: Competition, version: HostedModelVersion, counts: NDArray[np.int64]) -> Iterator[Provisional]:
    """What ``evidence.provisional`` says of each pair, from its counts over the whole holdout."""
    sample = evidence.holdout_sample(competition)
    head = arrays.load(version.hidden_answers)[evidence.holdout_rows(competition)]
    planes = planes_of_model(sample, head, Harm(competition.harm))
    everyone = np.bitwise_count(planes).sum(axis=1, dtype=np.int64)
    claim = evidence.claim_of(competition)
    for shared in counts:
        pair = PairCounts.of(shared, everyone)
        yield evidence.as_shown(
            competition,
            pair.score(),
            interval=pair.interval(evidence.CONFIDENCE),
            test=pair.repair(),
            losses=pair.losses(),
            harm=pair.harm(),
            passes=pair.passes(claim),
        )


def _stored(
    competition: Competition, pairs: Sequence[Digests]
) -> tuple[MaskStore, NDArray[np.uint8], NDArray[np.int64]]:
    """The file of masks with all of ``pairs`` in it, its masks, and where each pair's two lie: (pairs, 2)."""
    keys = [_keys(pair) for pair in pairs]
    with _locked(competition) as store:
        known = set(store.keys.tolist())
        lacking = [pair for pair, own in zip(pairs, keys, strict=True) if not known.issuperset(own)]
        for start in range(0, len(lacking), APPEND_PAIRS):
            _append(competition, store, lacking[start : start + APPEND_PAIRS])
        masks = store.masks  # mapped under the lock: a file that is deleted or made again meanwhile is another one
    place = {key: at for at, key in enumerate(store.keys.tolist())}
    return store, masks, np.array([[place[key] for key in own] for own in keys], dtype=np.int64).reshape(-1, MASKS)


def _append(competition: Competition, store: MaskStore, pairs: Sequence[Digests]) -> None:
    sample, rows = evidence.holdout_sample(competition), evidence.holdout_rows(competition)
    masks = [masks_of_pair(sample, arrays.load(mask)[rows], arrays.load(answers)[rows]) for mask, answers in pairs]
    store.append([key for pair in pairs for key in _keys(pair)], np.concatenate(masks))


@contextmanager
def _locked(competition: Competition) -> Iterator[MaskStore]:
    """The competition's file, with no other process of this host writing to it."""
    folder = Path(settings.DATA_DIR) / "scratch"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"pairs-{competition.pk}-{competition.bundle_sha256[:16]}"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _opened(path, holdout_size(competition))


def _opened(path: Path, n: int) -> MaskStore:
    try:
        return MaskStore(path, n)
    except DamagedStoreError:  # it is a copy: made again
        log.warning("The file of masks %s was damaged, and is made again.", path.name)
        path.with_name(path.name + ".keys").unlink(missing_ok=True)
        path.unlink()
        return MaskStore(path, n)


def _keys(pair: Digests) -> tuple[int, int]:
    """Of the pair's two masks: from what they are, not from a row's number, which a new database may give again."""
    key = int.from_bytes(hashlib.sha256("".join(pair).encode()).digest()[:8], "little", signed=True)
    return key, ~key
