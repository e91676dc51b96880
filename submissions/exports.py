"""What exports were answered, kept: to write one trains every model of its version again, and so does a refusal."""

import fcntl
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version as release
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files.storage import default_storage

from bounty import kept
from bounty.errors import Fault, LimitReached, Refused
from bounty.models import HostedModelVersion

WRITERS: Final = 3  # of the forms that are kept; a change of what is written makes the next
AT_ONCE: Final = 2  # requests of one process: one that writes, one that waits; the others must not hold its threads
PLACES: Final = threading.BoundedSemaphore(AT_ONCE)
# What is trained again is what these make of it: a refusal that one of them brought about ends with its release.
_LIBRARIES: Final = "-".join(release(name) for name in ("numpy", "pandas", "scikit-learn"))


@dataclass(frozen=True)
class Answer:
    """The file that was written, by its sha256, which it is stored under; or why none was."""

    sha256: str = ""
    code: str = ""
    sentence: str = ""
    fault: str = Fault.ENTRANT


def answered(version: HostedModelVersion, suffix: str, write: Callable[[], bytes]) -> tuple[str, bytes]:
    """The version's file and its sha256: as it was written once, or as ``write`` makes it now.

    Raises:
        Refused: what ``write`` raises, now or then.
        LimitReached: while others are written.
    """
    competition = version.competition
    # By what it is made of: a number may be given again, by a new database or after a draft was deleted.
    place = f"exports/{competition.pk}-{competition.bundle_sha256[:16]}/{version.sha256}-{WRITERS}.{suffix}"
    answer = _kept(place)
    if answer is None:
        with _alone():
            answer = _kept(place) or _made(place, write)
    if answer.code:
        raise Refused(answer.code, answer.sentence, fault=Fault(answer.fault))
    with default_storage.open(_file(place, answer)) as file:
        return answer.sha256, file.read()


def _kept(place: str) -> Answer | None:
    for path in (_index(place), _refusal(place)):
        if default_storage.exists(path):
            with default_storage.open(path) as file, suppress(ValueError):  # cut short by a kill: made again
                return Answer(**json.loads(file.read()))
    return None


def _made(place: str, write: Callable[[], bytes]) -> Answer:
    try:
        content = write()
    except Refused as error:
        answer = Answer(code=error.code, sentence=error.sentence, fault=str(error.fault))
    else:
        answer = Answer(sha256=hashlib.sha256(content).hexdigest())
        kept.keep(default_storage, _file(place, answer), content)
    path = _refusal(place) if answer.code else _index(place)
    kept.keep(default_storage, path, json.dumps(asdict(answer)).encode())
    return answer


def _index(place: str) -> str:
    return f"{place}.json"


def _refusal(place: str) -> str:
    return f"{place}.{_LIBRARIES}.json"


def _file(place: str, answer: Answer) -> str:
    """Beside its index, which is written last: what a kill cut short is never named."""
    return f"{place}.{answer.sha256}"


@contextmanager
def _alone() -> Iterator[None]:
    """No other export is written on this host meanwhile."""
    if not PLACES.acquire(blocking=False):
        raise LimitReached("EXPORT_BUSY", "Other exports are being written; ask again in a moment.")
    try:
        folder = Path(settings.DATA_DIR) / "scratch"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "exports.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    finally:
        PLACES.release()
