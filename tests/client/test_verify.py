"""`bounty verify`: with the keys in a file nobody is asked anything, and no byte of a statement can be changed."""

import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from bounty_client.cli.endings import Ending
from bounty_client.cli.main import main
from scoring.statements import as_jwk, public_key_of, sign

SEED, OTHER = bytes(32), bytes([1]) * 32
GROUP = b"sex == 'Female'"
Verify = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A certificate, what closes it, the group, and the keys of two sites."""
    content = {"kind": "certificate", "level": 0.05, "group": {"sha256": sha256(GROUP).hexdigest()}}
    certificate, statement = sign(content, SEED)
    closing, _ = sign({"kind": "closing", "certificate": statement.digest}, SEED)
    (tmp_path / "certificate.json").write_bytes(certificate)
    (tmp_path / "closing.json").write_bytes(closing)
    (tmp_path / "group.txt").write_bytes(GROUP + b"\n")
    for name, seed in (("keys.json", SEED), ("others.json", OTHER)):
        (tmp_path / name).write_text(json.dumps({"keys": [as_jwk(public_key_of(seed))]}))
    return tmp_path


@pytest.fixture
def verify(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Verify:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("BOUNTY_URL", "http://127.0.0.1:9")  # nobody listens there

    def verifies(*arguments: str) -> tuple[int, dict[str, object]]:
        monkeypatch.setattr(sys, "argv", ["bounty", "verify", *arguments, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), json.loads(capfd.readouterr().out)

    return verifies


def test_what_was_signed_is_valid(verify: Verify) -> None:
    ending, said = verify("certificate.json", "--key", "keys.json")
    assert (ending, said["valid"]) == (Ending.OK, True)
    ending, said = verify("certificate.json", "--closing", "closing.json", "--key", "keys.json", "--group", "group.txt")
    assert (ending, said["valid"]) == (Ending.OK, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("certificate.json", b"0.05", b"0.06"), "STATEMENT_SIGNATURE"),
        (("closing.json", b'"kind":"closing"', b'"kind":"closinx"'), "STATEMENT_SIGNATURE"),
        (("group.txt", b"Female", b"Male"), "STATEMENT_GROUP"),
        (("certificate.json", b"}", b""), "STATEMENT_NOT_JSON"),
    ],
)
def test_what_was_changed_is_not(verify: Verify, folder: Path, change: tuple[str, bytes, bytes], code: str) -> None:
    name, old, new = change
    (folder / name).write_bytes((folder / name).read_bytes().replace(old, new))
    ending, said = verify("certificate.json", "--closing", "closing.json", "--key", "keys.json", "--group", "group.txt")
    assert (ending, said["valid"], said["code"]) == (Ending.NO, False, code)


def test_another_sites_key_did_not_sign_it(verify: Verify) -> None:
    ending, said = verify("certificate.json", "--key", "others.json")
    assert (ending, said["code"]) == (Ending.NO, "STATEMENT_KEY")


def test_without_keys_nothing_is_said_of_it(verify: Verify) -> None:
    assert verify("certificate.json", "--key", "none.json")[0] == Ending.NOTHING_RUN
    assert verify("none.json", "--key", "keys.json")[0] == Ending.NOTHING_RUN
    assert verify("certificate.json", "--key", "group.txt")[0] == Ending.NOTHING_RUN
    assert verify("certificate.json")[0] == Ending.NO_ANSWER
