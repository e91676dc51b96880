"""Files in a bucket that several hosts share: the same code, from the import to the verdict."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import storages
from django.urls import reverse

from bounty import arrays, public_data, vault
from bounty.actions.import_bundle import import_bundle
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.models import DataSplit, User
from bounty.storage import storages as storages_at
from submissions import artifacts
from submissions.actions.judge import judge
from submissions.actions.submit import submit
from submissions.intake.request import SubmitRequest
from submissions.states import Status
from tests.pages import signed_in
from tests.servers import s3_server

GROUP = "def group(rows):\n    return rows['age'] < 30\n"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(db: None, store: str, settings: Any, tmp_path: Path) -> Iterator[Any]:
    """An empty bucket as the site's storage, and nothing that an earlier test has read."""
    url = f"s3://key:not%2Fsecret@bounty-Test/site?endpoint={store}&region=us-east-1"
    settings.STORAGES = settings.STORAGES | storages_at(url, folder=tmp_path)
    made = storages["vault"].connection.create_bucket(Bucket="bounty-Test")
    _forget()
    yield made
    _forget()
    made.objects.all().delete()
    made.delete()


def _forget() -> None:
    for read in (vault._read, public_data._load, arrays.load):
        read.cache_clear()


def _names(bucket: Any, prefix: str) -> list[str]:
    return [found.key.removeprefix(prefix) for found in bucket.objects.filter(Prefix=prefix)]


def test_from_the_import_to_the_verdict_with_files_in_a_bucket(
    bucket: Any, olga: User, alice: User, lending_bundle: Path
) -> None:
    competition = publish_competition(import_bundle(lending_bundle, organiser=olga), by=olga)
    team = join_competition(competition, user=alice)
    request = SubmitRequest(group_kind="predicate", patch_kind="platform", predicate_text="age_band == '18-24'")
    submission = submit(team, sent_by=alice, request=request)
    _forget()  # as another host, which has imported nothing, reads it
    judge(submission.pk)
    submission.refresh_from_db()
    assert submission.status == Status.SCORED

    split = competition.splits.get(name="train")
    download = signed_in(alice).get(reverse("split-download", args=[competition.slug, "train", "parquet"]))
    assert hashlib.sha256(b"".join(download) if download.streaming else download.content).hexdigest() == split.sha256
    assert artifacts.read(artifacts.keep(GROUP.encode())) == GROUP.encode()
    _holds_hidden_rows_in_the_vault_alone(bucket)


def _holds_hidden_rows_in_the_vault_alone(bucket: Any) -> None:
    public, hidden = _names(bucket, "site/files/"), _names(bucket, "site/vault/")
    assert len(public) + len(hidden) == len(list(bucket.objects.all()))
    assert {name.split("/")[0] for name in hidden} == {"arrays", "competitions"}
    for split in DataSplit.HIDDEN:
        assert sum(f"/{split}/" in name for name in hidden) == 2
        assert not [name for name in public if split in name]
    assert {grant["Grantee"]["Type"] for found in bucket.objects.all() for grant in found.Acl().grants} == {
        "CanonicalUser"  # its owner: nothing is granted to everybody
    }


def test_no_address_that_opens_an_object_is_made(bucket: Any) -> None:
    artifacts.keep(b"x")
    for name in ("default", "vault"):
        assert "?" not in storages[name].url("competitions/a")


def test_what_is_kept_twice_is_one_object_and_what_was_cut_short_is_written_anew(bucket: Any) -> None:
    kept = artifacts.keep(b"source")
    assert artifacts.keep(b"source") == kept
    assert len(_names(bucket, "site/files/")) == 1
    bucket.Object(f"site/files/{kept.file}").put(Body=b"sou")
    artifacts.keep(b"source")
    assert artifacts.read(kept) == b"source"


def test_a_bucket_that_is_not_there_is_no_empty_one(db: None, store: str, settings: Any) -> None:
    other = storages_at(f"s3://key:secret@missing/site?endpoint={store}&region=us-east-1", folder=Path())
    settings.STORAGES = settings.STORAGES | other
    with pytest.raises(ClientError, match="NoSuchBucket"):
        artifacts.keep(b"x")
