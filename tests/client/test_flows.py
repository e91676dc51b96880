"""What goes wrong between client and site: what may be asked again is, what may not is not, and nothing is made up."""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounty_client import Client, Damaged, NoAnswer, Patience, Problem, TookTooLong, calls
from bounty_client.flows import Watch
from tests.client.wire import Answer, Asked, wire

CONTENT = bytes(range(256)) * 400
ETAG = '"one"'
DIGEST = f"sha-256=:{base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()}:"
SOON = Patience(attempts=4, first_s=0.5)


def problem(status: int, code: str, **headers: str) -> Answer:
    body = {"code": code, "detail": "No.", "fault": "platform", "type": f"/docs/errors#{code}"}
    return Answer(status, json.dumps(body).encode(), {name.replace("_", "-"): value for name, value in headers.items()})


def client(address: str, pauses: list[float] | None = None, token: str = "secret") -> Client:
    return Client(address, token=token, patience=SOON, pause=(pauses if pauses is not None else []).append)


def test_what_mends_itself_is_asked_again_when_the_site_says() -> None:
    answers = iter(
        [problem(503, "BUSY", Retry_After="7"), problem(429, "TOO_MANY_REQUESTS", Retry_After="3"), Answer()]
    )
    pauses: list[float] = []
    with wire(lambda _: next(answers)) as site, client(site.address, pauses) as bounty:
        assert bounty.board("a") == {}
    assert pauses == [7, 3]


def test_without_a_word_of_the_site_pauses_grow() -> None:
    pauses: list[float] = []
    with wire(lambda _: problem(502, "GATEWAY")) as site, client(site.address, pauses) as bounty:
        with pytest.raises(Problem, match="GATEWAY"):
            bounty.board("a")
        assert len(site.asked) == SOON.attempts
    assert [0.25, 0.5, 1.0] < pauses < [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    "answer",
    [
        problem(429, "QUOTA_DAY", Retry_After="5"),
        problem(429, "TOO_MANY_REQUESTS", Retry_After="3600"),
        problem(409, "NO"),
    ],
    ids=["QUOTA_DAY", "an hour", "409"],
)
def test_what_no_wait_of_seconds_mends_is_said_at_once(answer: Answer) -> None:
    pauses: list[float] = []
    with wire(lambda _: answer) as site, client(site.address, pauses) as bounty:
        with pytest.raises(Problem) as refused:
            bounty.board("a")
        assert len(site.asked) == 1
    wait = answer.headers.get("Retry-After")
    assert refused.value.retry_after_s == (None if wait is None else float(wait))


def test_a_submit_is_repeated_under_its_own_key_and_a_close_is_not() -> None:
    with wire(lambda _: problem(503, "BUSY")) as site, client(site.address) as bounty:
        for call in (calls.submit("a", predicate="x > 1"), calls.submit("a", predicate="x > 1"), calls.close("a")):
            with pytest.raises(Problem):
                bounty.send(call)
        keys = [asked.headers.get("idempotency-key") for asked in site.asked]
    assert keys == [keys[0]] * SOON.attempts + [keys[SOON.attempts]] * SOON.attempts + [None]
    assert keys[0] != keys[SOON.attempts]


def test_an_answer_that_is_cut_off_is_asked_for_again_where_that_is_safe() -> None:
    answers = iter([Answer(body=CONTENT, cut=10), Answer(), Answer(body=CONTENT, cut=10)])
    with wire(lambda _: next(answers)) as site, client(site.address) as bounty:
        assert bounty.board("a") == {}
        with pytest.raises(NoAnswer):
            bounty.open_round("a")
        assert len(site.asked) == 3


def test_the_token_goes_nowhere_else() -> None:
    def answer(asked: Asked) -> Answer:
        following = None if "cursor" in asked.path else "https://elsewhere.example/api/v1/competitions?cursor=2"
        return Answer(body=json.dumps({"results": [asked.path], "next": following}).encode())

    with wire(answer) as site, client(site.address) as bounty:
        assert [*bounty.competitions()] == ["/api/v1/competitions", "/api/v1/competitions?cursor=2"]
        assert {asked.headers["authorization"] for asked in site.asked} == {"Bearer secret"}


def ranged(asked: Asked, cuts: Iterator[int | None]) -> Answer:
    headers = {"ETag": ETAG, "Repr-Digest": DIGEST}
    begin = asked.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
    if begin == "0" or asked.headers.get("if-range") != ETAG:
        return Answer(200, CONTENT, headers, next(cuts))
    part = CONTENT[int(begin) :]
    content_range = f"bytes {begin}-{len(CONTENT) - 1}/{len(CONTENT)}"
    return Answer(206, part, {**headers, "Content-Range": content_range}, next(cuts))


def test_a_download_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    cuts, told = iter([50_000, 20_000, None]), []
    with wire(lambda asked: ranged(asked, cuts)) as site, client(site.address) as bounty:
        to = bounty.download("files/a", tmp_path / "a", tell=lambda done, total: told.append((done, total)))
        ranges = [asked.headers.get("range") for asked in site.asked]
    assert to.read_bytes() == CONTENT
    assert ranges == [None, "bytes=50000-", "bytes=70000-"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_that_has_changed_meanwhile_is_taken_anew(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"of another file")
    (tmp_path / "a.part.etag").write_text('"another"')
    with wire(lambda asked: ranged(asked, iter([None]))) as site, client(site.address) as bounty:
        assert bounty.download("files/a", tmp_path / "a").read_bytes() == CONTENT
        assert site.asked[0].headers["range"] == "bytes=15-"


def test_what_is_not_what_was_sent_is_not_kept(tmp_path: Path) -> None:
    wrong = Answer(200, CONTENT[:-1] + b"x", {"Repr-Digest": DIGEST})
    with wire(lambda _: wrong) as site, client(site.address) as bounty, pytest.raises(Damaged):
        bounty.download("files/a", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_what_has_not_changed_is_not_sent_again_while_waiting() -> None:
    def answer(asked: Asked) -> Answer:
        unchanged = asked.headers.get("if-none-match") == '"queued"' and len(site.asked) < 4
        if unchanged:
            return Answer(304, b"")
        state = "queued" if len(site.asked) < 2 else "scored"
        return Answer(
            200, json.dumps({"status": state, "is_final": state == "scored"}).encode(), {"ETag": f'"{state}"'}
        )

    told: list[str] = []
    with wire(answer) as site, client(site.address) as bounty:
        seen = bounty.wait_for_submission(1, tell=lambda one: told.append(one["status"]))
        assert len(site.asked) == 4
    assert (seen["status"], told) == ("scored", ["queued", "scored"])


STREAM = b"""retry: 2000

id: 1
event: submission
data: {"status": "queued", "ahead": 2, "is_final": false}

: only to keep the connection open

id: 2
event: submission
data: {"status": "scored", "is_final": true}

event: end
data: final

"""


@pytest.mark.parametrize(
    "offered", [Answer(200, STREAM, {"Content-Type": "text/event-stream"}), problem(404, "NOT_FOUND")]
)
def test_whoever_listens_asks_once_and_whoever_cannot_asks_as_ever(offered: Answer) -> None:
    heard: list[object] = []
    last = Answer(body=b'{"status": "scored", "is_final": true}')
    with (
        wire(lambda asked: offered if asked.path.endswith("/stream") else last) as site,
        client(site.address) as bounty,
    ):
        seen = bounty.wait_for_submission(
            1, watch=Watch(listens=True), hear=lambda event: heard.append(event["status"])
        )
        paths = [asked.path for asked in site.asked]
    assert seen["status"] == "scored"
    assert paths == ["/api/v1/submissions/1/stream", "/api/v1/submissions/1"]
    assert heard == (["queued", "scored"] if offered.status == 200 else [])


def test_a_stream_that_breaks_is_not_missed() -> None:
    broken = Answer(200, STREAM, {"Content-Type": "text/event-stream"}, cut=60)
    last = Answer(body=b'{"status": "scored", "is_final": true}')
    with wire(lambda asked: broken if asked.path.endswith("/stream") else last) as site, client(site.address) as bounty:
        assert bounty.wait_for_submission(1, watch=Watch(listens=True))["is_final"]


def test_a_wait_has_an_end() -> None:
    never = Answer(body=b'{"is_final": false}')
    with wire(lambda _: never) as site, client(site.address) as bounty, pytest.raises(TookTooLong):
        bounty.wait_for_submission(1, watch=Watch(timeout_s=0.1))
