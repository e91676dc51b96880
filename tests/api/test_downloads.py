"""Public splits and one's own artifacts: in whole, in part, not again; and for whom."""

import pytest
from rest_framework.test import APIClient

from bounty.models import Team
from tests.api.conftest import Post, problem

GROUP = "def group(X):\n    return X['sex'] == 'Female'\n"


@pytest.fixture
def split(team: Team, at: str) -> str:
    return f"{at}/splits/train.parquet"


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None)]
)
def test_a_range_is_the_part_of_the_file(
    split: str, as_alice: APIClient, asked: str, start: int, stop: int | None
) -> None:
    whole, part = as_alice.get(split), as_alice.get(split, HTTP_RANGE=asked)
    assert (part.status_code, part.content) == (206, whole.content[start:stop])
    size = len(whole.content)
    first = start % size
    assert part["Content-Range"] == f"bytes {first}-{first + len(part.content) - 1}/{size}"
    assert (part["ETag"], part["Accept-Ranges"]) == (whole["ETag"], "bytes")


def test_a_download_that_broke_off_is_taken_up_where_it_stopped(split: str, as_alice: APIClient) -> None:
    whole = as_alice.get(split)
    begun = as_alice.get(split, HTTP_RANGE="bytes=0-99").content
    rest = as_alice.get(split, HTTP_RANGE=f"bytes={len(begun)}-", HTTP_IF_RANGE=whole["ETag"])
    assert begun + rest.content == whole.content
    other = as_alice.get(split, HTTP_RANGE="bytes=100-", HTTP_IF_RANGE='"of another file"')
    assert (other.status_code, other.content) == (200, whole.content)


def test_bytes_that_the_file_has_not_are_refused(split: str, as_alice: APIClient) -> None:
    size = len(as_alice.get(split).content)
    response = as_alice.get(split, HTTP_RANGE=f"bytes={size}-")
    problem(response, 416, "RANGE_NOT_SATISFIABLE")
    assert response["Content-Range"] == f"bytes */{size}"
    assert as_alice.get(split, HTTP_RANGE=f"bytes={size - 1}-").status_code == 206


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes=1-2,5-6", "bytes=-", "bytes=a-b", "nonsense"])
def test_a_range_of_another_kind_is_answered_in_full(split: str, as_alice: APIClient, asked: str) -> None:
    assert as_alice.get(split, HTTP_RANGE=asked).status_code == 200


def test_a_file_that_one_has_is_not_sent_again(split: str, as_alice: APIClient) -> None:
    tag = as_alice.get(split)["ETag"]
    assert as_alice.get(split, HTTP_IF_NONE_MATCH=tag, HTTP_RANGE="bytes=0-9").status_code == 304
    assert as_alice.get(split, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_artifacts_are_the_files_as_they_were_sent_and_the_teams_own(
    sent: Post, as_alice: APIClient, as_olga: APIClient, as_bot: APIClient, rivals: Team
) -> None:
    made = sent(group_source=GROUP)
    listed = as_alice.get(f"{made['url']}/artifacts").json()["artifacts"]
    assert [(one["role"], one["sha256"], one["size_bytes"]) for one in listed] == [
        ("group", made["group"]["source_sha256"], len(GROUP))
    ]
    for client in (as_alice, as_olga):
        file = client.get(listed[0]["url"])
        assert file.content == GROUP.encode()
        assert file["Content-Disposition"] == f'attachment; filename="group-{made["id"]}.py"'
    problem(as_bot.get(listed[0]["url"]), 404, "NOT_FOUND")
    problem(as_bot.get(f"{made['url']}/artifacts"), 404, "NOT_FOUND")
    problem(as_alice.get(f"{made['url']}/artifacts/patch"), 404, "NOT_FOUND")
