"""What the client is built with is what the project has pinned."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_build_backend_is_the_pinned_one() -> None:
    build = tomllib.loads((ROOT / "client/pyproject.toml").read_text())["build-system"]
    pins = re.findall(r"^hatchling==\S+", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    assert build["requires"] == pins
