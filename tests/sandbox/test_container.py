"""The box in a container, over stdio: the same verdicts, nothing left behind, and a launcher that knows nothing.

Most of it runs for real with bubblewrap as the container's runtime: the same guest command, the same frames, no
descriptor passed. Under crun and gVisor it runs where these are installed.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from scoring.sandbox import Box, BoxError, Layer, Limits, SandboxVerdict, run_group, run_group_hidden, run_patch_hidden
from scoring.sandbox.container import GUEST, Container, Runtime, delete_command, describe, run_command
from scoring.sandbox.frames import FrameError, FrameKind, Report, Request, pack, unpack_header
from scoring.sandbox.installation import default_python, survey
from scoring.sandbox.launcher import check_environment
from scoring.sandbox.layers import LAUNCHER_VARIABLE
from scoring.sandbox.policy import ENVIRONMENT
from scoring.sandbox.protocol import Ended
from scoring.tables import NumberColumn, Table
from tests.sandbox.commands import PROJECT
from tests.sandbox.test_box import SLEEPS, await_end

V = SandboxVerdict
GOOD = b"def group(X):\n    print(len(X))\n    return X['age'] > 64\n"
SHORT = Limits(cpu_s=1, wall_s=1.0, memory_bytes=1 << 30)
CGROUP2 = Path("/sys/fs/cgroup/cgroup.controllers")
REAL = [
    pytest.param(runtime, marks=pytest.mark.skipif(not there, reason=f"{runtime} cannot run here"), id=runtime.value)
    for runtime, there in (
        (Runtime.CRUN, bool(shutil.which("crun")) and CGROUP2.exists()),
        (Runtime.RUNSC, bool(shutil.which("runsc")) and os.geteuid() == 0),
    )
]


@contextmanager
def launcher(folder: Path, runtime: Runtime) -> Iterator[subprocess.Popen[str]]:
    """A launcher in a process of its own; its socket is in ``folder``."""
    command = [sys.executable, "-m", "scoring.sandbox", "launcher", "--socket", str(folder / "socket")]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)}
    started = subprocess.Popen(
        [*command, "--runtime", runtime], cwd="/", env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        said = started.stderr.readline()  # type: ignore[union-attr]  # it is a pipe
        assert said.startswith("containers by"), said
        yield started
    finally:
        started.terminate()
        started.communicate()


@pytest.fixture(scope="module")
def launching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("launcher")
    with launcher(folder, Runtime.BWRAP), pytest.MonkeyPatch.context() as patched:
        patched.setenv(LAUNCHER_VARIABLE, str(folder / "socket"))
        yield folder / "socket"


@pytest.fixture(scope="module")
def contained(launching: Path) -> Iterator[Box]:
    with Box.start(layer=Layer.CONTAINER) as box:
        yield box


@pytest.mark.parametrize(
    ("source", "verdict", "said"),
    [
        (GOOD, V.OK, ""),
        (b"def group(X:", V.SYNTAX_ERROR, "'(' was never closed"),
        (b"x = 1", V.MISSING_FUNCTION, "the source must define a function called group"),
        (b"1 / 0", V.RUNTIME_ERROR, "ZeroDivisionError: division by zero"),
        (b"import os\nos._exit(3)", V.EXITED, ""),
        (b"import os\nos.abort()", V.CRASHED, "the process was ended by SIGABRT"),
        (b"def group(X): return [1]", V.INVALID_OUTPUT, "group returned 1 values for 1000 rows"),
        (b"while True: pass", V.CPU_LIMIT, ""),
        (SLEEPS, V.TIMEOUT, ""),
        (b"x = bytearray(1 << 40)", V.MEMORY_LIMIT, "MemoryError"),
        (b"print('x' * 100_000)", V.OUTPUT_LIMIT, ""),
        (b"import ctypes\nctypes.CDLL(None).syscall(41, 2, 1, 0)", V.FORBIDDEN_SYSCALL, ""),
        (b"open('/made', 'w')", V.RUNTIME_ERROR, "OSError: [Errno 30] Read-only file system: '/made'"),
    ],
)
def test_each_end_has_the_same_verdict_and_words(
    contained: Box, people: Table, source: bytes, verdict: SandboxVerdict, said: str
) -> None:
    limits = SHORT if verdict in {V.TIMEOUT, V.CPU_LIMIT} else Limits(cpu_s=8, wall_s=30.0, memory_bytes=1 << 30)
    if verdict is V.CPU_LIMIT:
        limits = Limits(cpu_s=1, wall_s=30.0, memory_bytes=1 << 30)
    run = run_group(contained, source, people, limits=limits, hidden=False)
    assert (run.verdict, run.message) == (verdict, said)
    assert contained.generation == 1


def test_the_mask_and_the_log_come_back(contained: Box, people: Table) -> None:
    run = run_group(contained, GOOD, people, hidden=False)
    np.testing.assert_array_equal(run.mask, people["age"].values > 64)
    assert run.log == "1000\n"


def test_a_hidden_run_says_nothing_and_sees_both_views(contained: Box, people: Table) -> None:
    aloud = b"def group(X):\n    print('x' * 10_000_000)\n    raise ValueError(len(X))\n"
    runs = [run_group_hidden(contained, source, people, seed=1) for source in (GOOD, aloud)]
    assert [(run.verdict, run.message, run.log, run.line) for run in runs] == [
        (V.OK, "", "", None),
        (V.RUNTIME_ERROR, "", "", None),
    ]
    ranks = b"def group(X):\n    return X['age'].rank(method='first') % 2 == 0\n"
    assert run_group_hidden(contained, ranks, people, seed=1).verdict == V.NOT_ROWWISE


def test_a_patch_is_given_its_public_rows_and_labels(contained: Box, people: Table) -> None:
    source = b"def fit(X, y):\n    return y.mean()\ndef predict(model, X):\n    return X['age'] * 0 + model\n"
    labels = NumberColumn("y", people["age"].values)
    run = run_patch_hidden(contained, source, people, labels, people, kind="real", seed=1)
    assert run.verdict == V.OK
    np.testing.assert_allclose(run.answers, people["age"].values.mean())


def test_tables_are_sent_again_once_they_were_forgotten(contained: Box) -> None:
    tables = [Table((NumberColumn("age", np.arange(100.0) + i),), 100) for i in range(12)]
    for _ in range(2):
        for i, table in enumerate(tables):
            assert (
                run_group(contained, b"def group(X): return X['age'] >= 64", table, hidden=False).mask.sum() == 36 + i
            )
    assert contained.generation == 1


def test_it_recovers_when_the_container_was_killed_and_leaves_nothing_when_closed(
    launching: Path, people: Table
) -> None:
    with Box.start(layer=Layer.CONTAINER) as box:
        families = [box.processes()]
        for process in sorted(families[0], reverse=True):  # from the inside; what dies with another is gone already
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        assert await_end(families[0]) == set()
        assert run_group(box, GOOD, people, hidden=False).verdict == V.OK
        assert box.generation == 2
        families.append(box.processes())
    assert all(len(family) >= 4 for family in families)
    assert await_end(frozenset().union(*families)) == set()


def test_nothing_is_left_when_the_worker_is_killed(launching: Path) -> None:
    script = (
        "import threading, numpy as np\n"
        "from scoring.sandbox import Box, Layer, run_group\n"
        "from scoring.tables import NumberColumn, Table\n"
        "table = Table((NumberColumn('age', np.arange(3)),), 3)\n"
        "box = Box.start(layer=Layer.CONTAINER)\n"
        "idle = len(box.processes())\n"
        f"threading.Thread(target=run_group, args=(box, {SLEEPS!r}, table), kwargs={{'hidden': False}}).start()\n"
        "while len(box.processes()) == idle: pass\n"
        "print(*box.processes(), flush=True)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    family = [int(word) for word in worker.stdout.readline().split()]
    worker.kill()
    worker.communicate()
    assert len(family) >= 5
    assert await_end(family) == set()


def test_nothing_is_left_when_the_launcher_is_killed(
    tmp_path: Path, people: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LAUNCHER_VARIABLE, str(tmp_path / "socket"))
    with launcher(tmp_path, Runtime.BWRAP) as started, Box.start(layer=Layer.CONTAINER) as box:
        family = box.processes()
        started.kill()
        started.wait()
        assert not box.alive
        assert run_group(box, GOOD, people, hidden=False).verdict == V.SANDBOX_ERROR
        assert await_end(family) == set()


def test_the_job_has_none_of_the_streams_that_lead_outside(contained: Box, people: Table) -> None:
    source = b"import os\ndef group(X):\n    for fd in range(64):\n        try: os.write(fd, b'BBF1' + bytes(64))\n"
    source += b"        except OSError: pass\n    return X['age'] > 64\n"
    assert run_group(contained, source, people, hidden=False).verdict == V.INVALID_OUTPUT
    assert run_group(contained, GOOD, people, hidden=False).verdict == V.OK
    assert contained.generation == 1


def test_without_a_launcher_the_box_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(LAUNCHER_VARIABLE, raising=False)
    with pytest.raises(BoxError, match="BOUNTY_SANDBOX_LAUNCHER does not say"):
        Box.start(layer=Layer.CONTAINER)
    monkeypatch.setenv(LAUNCHER_VARIABLE, str(tmp_path / "socket"))
    with pytest.raises(BoxError, match="no launcher answers at"):
        Box.start(layer=Layer.CONTAINER)


def test_a_runtime_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    installation, descriptors = survey(default_python()), len(os.listdir("/proc/self/fd"))
    with pytest.raises(BoxError, match="runsc is not installed; apt-get install runsc"):
        Container(Runtime.RUNSC, installation)
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_the_socket_is_for_its_owner_alone(launching: Path) -> None:
    assert stat.S_IMODE(launching.stat().st_mode) == 0o600


SECRETS = ["DATABASE_URL", "BROKER_URL", "STORAGE_URL", "EMAIL_URL", "OBJECTS_SECRET", "SECRET_KEY"]


@pytest.mark.parametrize("name", [*SECRETS, *(f"{name}_FILE" for name in SECRETS), "ANYTHING_ELSE"])
def test_a_launcher_that_could_know_a_secret_does_not_start(name: str) -> None:
    harmless = {"PATH": "/usr/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": "/srv", name: ""}
    check_environment(harmless)
    with pytest.raises(BoxError, match=f"start it without {name}$"):
        check_environment({**harmless, name: "x"})


def test_a_launcher_does_not_read_what_is_said_to_it(launching: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(60)
        connection.connect(str(launching))
        started, pipes, _, _ = socket.recv_fds(connection, 4096, 2)
        connection.send(b'{"runtime": "none"}')  # taken as the wish to end
        ended = connection.recv(4096)
        for pipe in pipes:
            os.close(pipe)
    assert json.loads(ended) == {"ended": ""}
    assert await_end({json.loads(started)["pid"]}) == set()


@pytest.mark.parametrize("user", [0, 1001])
@pytest.mark.parametrize("runtime", [Runtime.RUNSC, Runtime.CRUN])
def test_the_bundle_holds_what_the_box_of_namespaces_holds(runtime: Runtime, user: int) -> None:
    config = describe(runtime, survey(default_python()), user)
    process, linux = config["process"], config["linux"]
    assert process["args"] == list(GUEST)
    assert process["env"] == [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    assert process["noNewPrivileges"]
    assert not any(process["capabilities"].values())
    assert process["user"]["uid"] != 0
    assert config["root"]["readonly"]
    assert all("ro" in mount["options"] for mount in config["mounts"])
    assert {mount["type"] for mount in config["mounts"]} == {"bind", "tmpfs"}
    assert all(
        mount["destination"].startswith(("/opt", "/lib")) for mount in config["mounts"] if mount["type"] == "bind"
    )
    named = {namespace["type"] for namespace in linux["namespaces"]}
    assert named == {"pid", "network", "ipc", "uts", "mount", "cgroup"} | ({"user"} if user else set())


def test_the_commands_have_no_network_and_no_group_of_resources() -> None:
    folder = Path("/run/box")
    for runtime, flags in (
        (Runtime.RUNSC, ["--network=none", "--ignore-cgroups"]),
        (Runtime.CRUN, ["--cgroup-manager=disabled"]),
    ):
        if shutil.which(runtime) is None:
            continue
        state = [shutil.which(runtime), "--root", "/run/box/state", *flags]
        assert run_command(runtime, folder, 0) == [*state, "run", "--bundle", "/run/box", "box"]
        assert delete_command(runtime, folder, 0) == [*state, "delete", "--force", "box"]


@pytest.mark.parametrize("runtime", REAL)
def test_a_real_container_gives_the_same_verdicts(
    runtime: Runtime, tmp_path: Path, people: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LAUNCHER_VARIABLE, str(tmp_path / "socket"))
    with launcher(tmp_path, runtime), Box.start(layer=Layer.CONTAINER) as box:
        family = box.processes()
        hidden = run_group_hidden(box, GOOD, people, seed=1)
        stopped = run_group(box, b"import time\ntime.sleep(60)", people, limits=SHORT, hidden=False)
        forbidden = run_group(box, b"import os\nos.open('/made', os.O_CREAT | os.O_WRONLY)", people, hidden=False)
    np.testing.assert_array_equal(hidden.mask, people["age"].values > 64)
    assert [run.verdict for run in (stopped, forbidden)] == [V.TIMEOUT, V.RUNTIME_ERROR]
    assert await_end(family) == set()


def test_frames_come_back_as_they_were() -> None:
    request = Request(b"{}", (1, 2, 3), 10, 20, keep_log=True, source=b"x = 1")
    report = Report(Ended(9, 1.5, 1 << 20), b"result", b"log")
    assert Request.from_bytes(request.to_bytes()) == request
    assert Report.from_bytes(report.to_bytes()) == report
    assert len(report.to_bytes()) < Report.max_bytes(6, 3)


def test_damaged_frames_are_refused_and_nothing_else() -> None:
    chance = random.Random(5)
    whole = Report(Ended(0, 0.1, 1), b"result" * 4, b"log").to_bytes()
    header = pack(FrameKind.STOP)
    for _ in range(20_000):
        damaged, start = bytearray(whole), bytearray(header)
        for data in (damaged, start):
            data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        cut = damaged[: chance.randrange(len(damaged))] if chance.random() < 0.3 else damaged
        for read, data in ((Report.from_bytes, cut), (unpack_header, start)):
            with suppress(FrameError):
                read(bytes(data))
