"""What STORAGE_URL may say."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bounty.storage import storages

ROOT: Final = Path(__file__).resolve().parents[2]
GOOD: Final = "s3://key:se%2Fcret@Bucket/site?endpoint=https://s3.example.org&region=eu"
BAD: Final = [
    GOOD.replace("s3:", "https:"),
    GOOD.replace("key:se%2Fcret@", ""),
    GOOD.replace(":se%2Fcret", ""),
    GOOD.replace("Bucket", ""),
    GOOD + "&acl=public-read",
    GOOD + "&region=us",
]


def test_files_lie_in_the_data_folder_unless_something_else_is_said(tmp_path: Path) -> None:
    made = storages("", folder=tmp_path)
    assert made["default"]["OPTIONS"] == {"location": f"{tmp_path}/files"}
    assert made["vault"]["OPTIONS"]["file_permissions_mode"] == 0o600


def test_a_bucket_has_a_place_for_public_files_and_another_for_the_vault(tmp_path: Path) -> None:
    made = {name: storage["OPTIONS"] for name, storage in storages(GOOD, folder=tmp_path).items()}
    assert [made[name]["location"] for name in ("default", "vault")] == ["site/files", "site/vault"]
    vault = made["vault"]
    assert (vault["access_key"], vault["secret_key"], vault["bucket_name"]) == ("key", "se/cret", "Bucket")
    assert (vault["endpoint_url"], vault["region_name"]) == ("https://s3.example.org", "eu")
    assert (vault["client_config"].signature_version, vault["querystring_auth"]) == ("s3v4", False)
    assert [storage["default_acl"] for storage in made.values()] == [None, None]


@pytest.mark.parametrize("url", BAD)
def test_another_shape_is_refused_without_repeating_the_secret(url: str, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="STORAGE_URL is not of the shape") as refused:
        storages(url, folder=tmp_path)
    assert "cret" not in str(refused.value).replace("SECRET", "").replace("the secret", "")
    assert storages(GOOD, folder=tmp_path)


def _start(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own."""
    command = [sys.executable, "-c", "from bounty import settings; print(settings.STORAGES['vault']['BACKEND'])"]
    variables = os.environ | {"BOUNTY_DATA_DIR": str(folder), **env}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)


def test_the_address_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{GOOD}\n")
    assert _start(tmp_path, STORAGE_URL_FILE=str(tmp_path / "url")).stdout == "storages.backends.s3.S3Storage\n"


def test_without_the_packages_the_start_fails_with_a_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "botocore.py").write_text("raise ImportError('not installed')\n")
    missing = _start(tmp_path, STORAGE_URL=GOOD, PYTHONPATH=str(tmp_path))
    assert missing.returncode != 0
    assert "pip install -r requirements-s3.txt" in missing.stderr.splitlines()[-1]
    assert "cret@" not in missing.stderr
    assert _start(tmp_path, PYTHONPATH=str(tmp_path)).returncode == 0
