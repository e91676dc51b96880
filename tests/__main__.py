"""The whole suite, as `make test` runs it: everything on the embedded set-up; then, on PostgreSQL and Redis, the suites
of what depends on them: queries, locks, races, the queue."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.servers import postgres, redis_server
from tests.summary import HEARD_BEFORE

PYTEST: Final = (sys.executable, "-m", "pytest", "-n", "2", "--no-loadscope-reorder")
ON_SERVERS: Final = (
    "tests/concurrency",
    "tests/submissions/test_given_up.py",
    "tests/submissions/test_leases.py",
    "tests/submissions/test_merge_teams.py",
    "tests/submissions/test_queries.py",
    "tests/submissions/test_rounds.py",
    "tests/submissions/test_schedule.py",
    "tests/submissions/test_submit.py",
    "tests/submissions/test_webhooks.py",
)


def main() -> int:
    """Run both, the second also when the first fails; the exit code is the first that is not 0."""
    with tempfile.TemporaryDirectory() as folder:
        heard = {HEARD_BEFORE: str(Path(folder) / "summary")}
        embedded = subprocess.run(PYTEST, env=os.environ | heard, check=False).returncode
        with _servers() as servers:
            shared = subprocess.run([*PYTEST, *ON_SERVERS], env=os.environ | heard | servers, check=False).returncode
    return embedded or shared


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    """Those that the environment names, else our own."""
    with ExitStack() as started:
        database = os.environ.get("DATABASE_URL") or started.enter_context(postgres()).url
        broker = os.environ.get("BROKER_URL") or started.enter_context(redis_server()).url
        yield {"BOUNTY_TEST_SETUP": "shared", "DATABASE_URL": database, "BROKER_URL": broker}


if __name__ == "__main__":
    sys.exit(main())
