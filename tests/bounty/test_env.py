"""Secrets: made once, with a narrow mode, where one may; in production they must be given."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bounty.env import signing_key

NAME = "BOUNTY_SIGNING_KEY"
KEY = "ab" * 32


@pytest.fixture(autouse=True)
def nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (NAME, f"{NAME}_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "data" / "signing_key"
    made = signing_key(NAME, fallback_file=file, debug=True)
    assert (len(made), file.stat().st_mode & 0o777) == (64, 0o600)
    assert signing_key(NAME, fallback_file=file, debug=True) == made
    assert [path.name for path in file.parent.iterdir()] == ["signing_key"]


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(signing_key, NAME, fallback_file=tmp_path / "key", debug=True) for _ in range(32)]
    assert len({each.result() for each in asked}) == 1


def test_production_does_not_start_without_a_key_and_does_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="must be set in production"):
        signing_key(NAME, fallback_file=tmp_path / "key", debug=False)
    (tmp_path / "given").write_text(f"{KEY.upper()}\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "given"))
    assert signing_key(NAME, fallback_file=tmp_path / "key", debug=False) == KEY
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("given", ["passphrase", KEY[:-1], KEY + "0", "zz" * 32])
def test_what_is_no_key_is_refused_and_not_repeated(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, given)
    with pytest.raises(RuntimeError, match="64 hexadecimal digits") as refused:
        signing_key(NAME, fallback_file=tmp_path / "key", debug=True)
    assert given not in str(refused.value)
