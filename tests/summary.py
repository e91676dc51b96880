"""The last lines of a run: what ran against what."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
import redis
from django.conf import settings

from scoring.sandbox import probe
from tests.shared import SHARED

HEARD_BEFORE: Final = "BOUNTY_TEST_SUMMARY"  # a file: the runs of `make test` tell each other what they saw


def write(reporter: pytest.TerminalReporter) -> None:
    """Say it, after what an earlier run of the same suite said."""
    lines = [*_lines(reporter)]
    reporter.write_sep("-", "what ran against what")
    if path := os.environ.get(HEARD_BEFORE):
        with Path(path).open("a+") as heard:
            heard.seek(0)
            lines = [*heard.read().splitlines(), *lines]
            heard.seek(0)
            heard.truncate()
            heard.write("\n".join(lines) + "\n")
    for line in lines:
        reporter.write_line(line)


def _lines(reporter: pytest.TerminalReporter) -> Iterator[str]:
    reports = [r for r in reporter.stats.get("passed", []) if r.when == "call"]
    failed = len(reporter.stats.get("failed", [])) + len(reporter.stats.get("error", []))
    yield f"{_servers()}: {len(reports)} tests passed, {failed} failed"
    for report in reports:
        yield from (f"  {name:<10} {said}" for name, said in report.user_properties if name in {"deaths", "bots"})
    if settings.SHARED_SETUP:
        return
    chromium = shutil.which("chromium") or "not installed"
    yield f"  browser    {chromium}: {sum('browser' in r.keywords for r in reports)} tests passed"
    boxed = sum("sandbox" in r.keywords or "tests/sandbox" in r.nodeid for r in reports)
    can = probe()
    layer = f"layer {can.layer}" if can.ok else "no layer works here: " + "; ".join(can.reasons)
    yield f"  sandbox    {layer}: {boxed} tests passed"
    yield f"  data       {SHARED if SHARED.is_dir() else 'absent: tests that need it are skipped, and named above'}"
    if HEARD_BEFORE not in os.environ:
        yield "PostgreSQL with Redis: not in this run; `make test` has them"


def _servers() -> str:
    if not settings.SHARED_SETUP:
        return f"SQLite {sqlite3.sqlite_version} with the embedded queue"
    with psycopg.connect(os.environ["DATABASE_URL"]) as database, redis.Redis.from_url(settings.BROKER_URL) as broker:
        postgres, _, _ = database.info.parameter_status("server_version").partition(" ")
        return f"PostgreSQL {postgres} with Redis {broker.info('server')['redis_version']}"
