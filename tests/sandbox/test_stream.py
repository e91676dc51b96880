"""This side's end of a container's pipes, against one that is slow, silent, or says what no real one would."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from scoring.sandbox import Box, BoxError, Layer, Limits, SandboxVerdict, run_group, run_model, stream
from scoring.sandbox.frames import HEADER, FrameKind, Report, Request, pack, unpack_header
from scoring.sandbox.layers import LAUNCHER_VARIABLE
from scoring.sandbox.protocol import Ended, Work, pack_answer
from scoring.tables import NumberColumn, Table

V = SandboxVerdict
N = 100
ROWS = Table((NumberColumn("f0", np.arange(N)),), N)
SHORT = Limits(cpu_s=1, wall_s=0.4, memory_bytes=1 << 30)
MASK = pack_answer(Work.GROUP, np.ones(N, dtype=np.bool_))
LATE_S = 0.8
Serve = Callable[[int, int], None]


@contextmanager
def container(folder: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever connects is given pipes; ``serve`` has their other ends, and the connection lasts as long as it."""
    monkeypatch.setenv(LAUNCHER_VARIABLE, str(folder / "socket"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(folder / "socket"))
        listener.listen()

        def launch() -> None:
            connection, _ = listener.accept()
            into, out = os.pipe(), os.pipe()
            with connection:
                socket.send_fds(connection, [json.dumps({"pid": os.getpid()}).encode()], [into[1], out[0]])
                os.close(into[1])
                os.close(out[0])
                serve(into[0], out[1])
                os.close(into[0])
                os.close(out[1])

        thread = threading.Thread(target=launch)
        thread.start()
        try:
            yield
        finally:
            thread.join(20)


def read_exactly(file: int, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := os.read(file, size - len(data))):
        data += piece
    return data


def read_request(file: int) -> Request:
    """The first job that comes; the tables before it are passed over."""
    while True:
        kind, size = unpack_header(read_exactly(file, HEADER.size))
        body = read_exactly(file, size)
        if kind is FrameKind.JOB:
            return Request.from_bytes(body)


def report(result: bytes = MASK) -> bytes:
    return pack(FrameKind.ENDED, Report(Ended(0, 0.1, 1 << 20), result, b"").to_bytes())


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def say_nothing(into: int, _: int) -> None:
    os.read(into, 1)  # until the other end closes


def test_a_container_that_never_greets_is_no_box_and_leaves_no_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "START_S", 0.3)
    before = descriptors()
    with (
        container(tmp_path, say_nothing, monkeypatch),
        pytest.raises(BoxError, match="it said nothing in time"),
    ):
        Box.start(layer=Layer.CONTAINER)
    assert descriptors() == before


def dribble(pause_after: int) -> Serve:
    """Greets, begins, and sends the report with a pause after so many of its bytes, longer than the job may take."""

    def serve(into: int, out: int) -> None:
        os.write(out, pack(FrameKind.READY))
        read_request(into)
        os.write(out, pack(FrameKind.BEGUN))
        whole = report()
        os.write(out, whole[:pause_after])
        time.sleep(LATE_S)
        os.write(out, whole[pause_after:])
        os.read(into, 1)

    return serve


@pytest.mark.parametrize(("pause_after", "verdict"), [(0, V.TIMEOUT), (3, V.OK), (60, V.OK)])
def test_a_job_is_late_only_when_nothing_of_its_report_came_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pause_after: int, verdict: SandboxVerdict
) -> None:
    with (
        container(tmp_path, dribble(pause_after), monkeypatch),
        Box.start(layer=Layer.CONTAINER) as box,
    ):
        assert run_group(box, b"x", ROWS, limits=SHORT, hidden=False).verdict == verdict


@pytest.mark.parametrize(
    ("run", "keeps"),
    [
        (lambda box: run_group(box, b"x", ROWS, hidden=False), True),
        (lambda box: run_group(box, b"x", ROWS, hidden=True), False),
        (lambda box: run_model(box, b"x", ROWS, classes=(0, 1), hidden=False), False),
    ],
    ids=["a public run", "a hidden run", "a public run of a model"],
)
def test_only_the_log_of_public_python_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[[Box], object], *, keeps: bool
) -> None:
    asked: list[bool] = []

    def serve(into: int, out: int) -> None:
        os.write(out, pack(FrameKind.READY))
        asked.append(read_request(into).keep_log)
        os.write(out, pack(FrameKind.BEGUN) + report())
        os.read(into, 1)

    with container(tmp_path, serve, monkeypatch), Box.start(layer=Layer.CONTAINER) as box:
        run(box)
    assert asked == [keeps]
