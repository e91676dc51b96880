"""Starts containers for workers, and knows nothing else: no database, no secret, no row.

A small process of its own, under an account of its own. Whoever may open its socket may ask for one container by
connecting; nothing that is said over the connection is read. The answer is one message with the ends of the pipes into
the container and out of it, so that no byte of what passes there passes here. The connection's end is the container's:
a worker that dies, or closes it, leaves nothing running; a container that ends closes it, with its last words.
"""

import contextlib
import json
import os
import selectors
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scoring.sandbox.container import Container, Runtime
from scoring.sandbox.errors import BoxError
from scoring.sandbox.installation import Installation, default_python, survey

MOST: Final = 16  # containers at once
# All that its environment may hold, for what a worker is told by there, and a file that says so, has ever new names.
HARMLESS: Final = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "SHLVL", "_", "HOSTNAME", "TERM", "LANG",
        "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "BOUNTY_BOX_PYTHON", "XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY",
        "INVOCATION_ID", "JOURNAL_STREAM", "NOTIFY_SOCKET", "SYSTEMD_EXEC_PID",
        "PYTHONPATH", "PYTHONHOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONUTF8",
    }
)  # fmt: skip
LOCALE: Final = "LC_"


def check_environment(environment: Mapping[str, str]) -> None:
    """Raises BoxError where the environment holds anything that a launcher has no use for: it might be a secret."""
    names = [name for name, value in environment.items() if value and not name.startswith(LOCALE)]
    if found := sorted(set(names) - HARMLESS):
        raise BoxError(f"the launcher must know no secret; start it without {', '.join(found)}")


@contextlib.contextmanager
def listen(path: Path, *, owner: int | None = None) -> Iterator[socket.socket]:
    """The launcher's socket, for its own user alone or, by root's leave, for ``owner`` alone."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # left by one that was killed
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        if owner is not None:
            os.chown(path, owner, -1)
        listener.listen()
        try:
            yield listener
        finally:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


def launch(path: Path, runtime: Runtime, *, owner: int | None = None) -> None:
    """Serves until it is ended by a signal; then ends every container that it has started."""
    check_environment(os.environ)
    installation = survey(default_python())
    with (
        listen(path, owner=owner) as listener,
        contextlib.closing(Launcher(listener, runtime, installation)) as serving,
    ):
        print(f"containers by {runtime} at {path}", file=sys.stderr, flush=True)
        serving.serve()


@dataclass(frozen=True)
class Lease:
    """A container and the connection that it lives by; ``process`` is a handle on its runtime."""

    connection: socket.socket
    container: Container
    process: int


class Launcher:
    """The containers that are running, each by its connection."""

    def __init__(self, listener: socket.socket, runtime: Runtime, installation: Installation) -> None:
        self._listener, self._runtime, self._installation = listener, runtime, installation
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._leases: set[Lease] = set()

    def serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    self._accept()
                elif key.data in self._leases:  # both its ends may be heard of at once
                    self._end(key.data)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        with contextlib.ExitStack() as refused:
            refused.callback(connection.close)
            with contextlib.suppress(OSError):  # whoever asked may have gone
                if len(self._leases) >= MOST:
                    _say(connection, error=f"{MOST} containers are running, and no more may")
                    return
                try:
                    container = Container(self._runtime, self._installation)
                except (BoxError, OSError) as error:
                    _say(connection, error=str(error))
                    return
                self._keep(Lease(connection, container, os.pidfd_open(container.pid)))
                refused.pop_all()
                self._answer(connection, container)

    def _keep(self, lease: Lease) -> None:
        self._leases.add(lease)
        self._selector.register(lease.connection, selectors.EVENT_READ, lease)
        self._selector.register(lease.process, selectors.EVENT_READ, lease)

    def _answer(self, connection: socket.socket, container: Container) -> None:
        try:
            socket.send_fds(connection, [json.dumps({"pid": container.pid}).encode()], [container.into, container.out])
        finally:
            container.hand_over()

    def _end(self, lease: Lease) -> None:
        self._leases.discard(lease)
        self._selector.unregister(lease.connection)
        self._selector.unregister(lease.process)
        os.close(lease.process)
        last_words = lease.container.end()
        with contextlib.suppress(OSError):
            lease.connection.recv(1, socket.MSG_DONTWAIT)  # what lies unread would make the kernel reset it
        with contextlib.suppress(OSError):
            _say(lease.connection, ended=last_words)
        lease.connection.close()

    def close(self) -> None:
        for lease in list(self._leases):
            self._end(lease)
        self._selector.close()


def _say(connection: socket.socket, **words: str) -> None:
    connection.send(json.dumps(words).encode()[:4000], socket.MSG_DONTWAIT)
