"""The project's commands, run as whoever runs the tests or as an ordinary user."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ORDINARY_USER = 62_318


def run_command(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, outside the project's folder, with what it said."""
    surroundings = {**os.environ, "PYTHONPATH": str(PROJECT), **environment}
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, env=surroundings)


def as_ordinary_user(command: list[str]) -> list[str]:
    """Nothing to do for somebody who is one."""
    if os.geteuid() != 0:
        return command
    needed = {str(Path(path).resolve()) for path in (PROJECT, sys.base_prefix, tempfile.gettempdir())}
    return [
        sys.executable,
        str(Path(__file__).with_name("ordinary.py")),
        str(ORDINARY_USER),
        ":".join(needed),
        *command,
    ]
