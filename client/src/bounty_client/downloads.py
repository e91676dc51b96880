"""Downloads that go on where they were broken off, and are compared with the digest that the site gives."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import httpx

from bounty_client.calls import Call, digest_of
from bounty_client.flows import Flow, Pause, Receive, Way, problem_of, silence
from bounty_client.problems import Damaged, NoAnswer, Problem

Tell = Callable[[int, int | None], object]  # bytes so far, and bytes in all where they are known
_BLOCK_BYTES: Final = 1 << 20
_NOT_SATISFIABLE: Final = 416


def download(way: Way, address: str, to: Path, *, sha256: str | None = None, tell: Tell | None = None) -> Flow[Path]:
    """The file at an address of the site's, under the name ``to``. A file of that digest that is there is kept.

    What has come lies in ``to.part`` until it is whole. Raises ``Damaged`` where the digest differs.
    """
    if sha256 is not None and to.is_file() and _sha256(to) == sha256:
        return to
    arriving = _Arriving(to, tell)
    delays = way.patience.delays()
    while True:
        had = arriving.size_bytes
        failure = yield from _attempt(way, address, arriving)
        if failure is None:
            return arriving.finish(sha256)
        if arriving.size_bytes > had:  # it got further: patience begins anew
            delays = way.patience.delays()
        delay_s = next(delays, None)
        if delay_s is None or not _may_be_mended(failure, way):
            raise failure
        yield Pause(failure.retry_after_s or delay_s if isinstance(failure, Problem) else delay_s)


def _attempt(way: Way, address: str, arriving: "_Arriving") -> Flow[Problem | NoAnswer | None]:
    call: Call[None] = Call(
        "GET", address, headers={"Accept": "*/*", "Accept-Encoding": "identity", **arriving.wanted()}
    )
    try:
        response: httpx.Response = yield Receive(call.request(way.site), arriving.begin)
    except httpx.TransportError as error:
        return silence(way, error)
    finally:
        arriving.pause()
    if response.status_code == _NOT_SATISFIABLE and arriving.size_bytes:
        arriving.forget()  # what lies there is of another file
        return problem_of(response)
    return problem_of(response) if response.is_error else None


def _may_be_mended(failure: Problem | NoAnswer, way: Way) -> bool:
    if isinstance(failure, NoAnswer):
        return True
    passing = failure.status in (429, _NOT_SATISFIABLE, 502, 503, 504)
    return passing and (failure.retry_after_s or 0.0) <= way.patience.longest_s


class _Arriving:
    """A file that is on its way: its bytes so far, and the ETag of what they are of."""

    def __init__(self, to: Path, tell: Tell | None) -> None:
        self.to = to
        self.part = to.with_name(to.name + ".part")
        self.tag = to.with_name(to.name + ".part.etag")
        self.tell = tell
        self.digest: str | None = None
        self._file: BinaryIO | None = None
        self._total: int | None = None

    @property
    def size_bytes(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def wanted(self) -> dict[str, str]:
        """The headers that ask for the rest, if it is still of the same file."""
        if not (self.size_bytes and self.tag.is_file()):
            return {}
        return {"Range": f"bytes={self.size_bytes}-", "If-Range": self.tag.read_text()}

    def begin(self, response: httpx.Response) -> Callable[[bytes], bool]:
        self.to.parent.mkdir(parents=True, exist_ok=True)  # only now: a refusal leaves nothing behind
        begins_at = f"bytes {self.size_bytes}-"
        goes_on = response.status_code == httpx.codes.PARTIAL_CONTENT and response.headers.get(
            "Content-Range", ""
        ).startswith(begins_at)
        had = self.size_bytes if goes_on else 0
        if not goes_on:
            self.tag.unlink(missing_ok=True)
            if etag := response.headers.get("ETag"):
                self.tag.write_text(etag)
        length = response.headers.get("Content-Length", "")
        self._total = had + int(length) if length.isdigit() else None
        self.digest = digest_of(response) or self.digest
        self._file = self.part.open("ab" if goes_on else "wb")
        self._done = had
        return self._take

    def _take(self, chunk: bytes) -> bool:
        assert self._file is not None
        self._file.write(chunk)
        self._done += len(chunk)
        if self.tell is not None:
            self.tell(self._done, self._total)
        return True

    def pause(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)

    def finish(self, sha256: str | None) -> Path:
        expected = sha256 or self.digest
        if expected is not None and _sha256(self.part) != expected:
            self.forget()
            raise Damaged(f"{self.to.name} is not what the site sent: its sha256 differs. Download it again.")
        self.part.replace(self.to)
        self.tag.unlink(missing_ok=True)
        return self.to


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
