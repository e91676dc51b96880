"""Streams as one request sees them: who may, what is told, and what a client that comes back is spared."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from bounty.actions.issue_token import issue_token
from bounty.actions.leave_team import remove_member
from bounty.actions.name_team import name_team
from bounty.actions.revoke_token import revoke_token
from bounty.errors import LimitReached
from bounty.models import Competition, Membership, Team, User
from submissions.actions.cancel import cancel
from submissions.models import Submission
from submissions.streams.hub import Hub, Places, Stream
from submissions.streams.topics import BOARD, SUBMISSION, Topic, Viewer, read, still_sees
from tests.api.conftest import Post, problem
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


def events(content: bytes) -> list[dict[str, Any]]:
    """The events of a stream, with their data read; comments and hints left out."""
    blocks = [
        dict(line.split(": ", 1) for line in block.split("\n")) for block in content.decode().split("\n\n") if block
    ]
    return [block | {"data": json.loads(block["data"])} for block in blocks if "data" in block]


def test_tells_where_a_submission_stands(as_alice: APIClient, sent: Post) -> None:
    first, second = sent(), sent(predicate="age_band == '18-24'")
    answer = as_alice.get(second["url"] + "/stream", HTTP_ACCEPT="text/event-stream")
    assert (answer["Content-Type"], answer["X-Accel-Buffering"]) == ("text/event-stream", "no")
    assert "no-cache" in answer["Cache-Control"]
    [event] = events(answer.content)
    told = event["data"]
    assert (event["event"], told["id"], told["status"], told["ahead"]) == ("submission", second["id"], "queued", 1)
    assert (told["step"], told["is_final"], told["verdict"]) == (1, False, None)
    assert events(as_alice.get(first["url"] + "/stream").content)[0]["data"]["ahead"] == 0


def test_tells_nothing_that_reading_the_submission_does_not(as_alice: APIClient, judged: Post) -> None:
    submission = judged()
    [event] = events(as_alice.get(submission["url"] + "/stream").content)
    told = event["data"]
    assert told["verdict"] == {key: submission["verdict"][key] for key in ("outcome", "code")}
    shared = {"id", "status", "is_final", "waits_for", "attempts"}
    assert {key: told[key] for key in shared} == {key: submission[key] for key in shared}
    assert set(told) == shared | {"step", "ahead", "verdict"}


def test_spares_a_client_that_comes_back_what_it_knows(as_alice: APIClient, sent: Post) -> None:
    submission = sent()
    address = submission["url"] + "/stream"
    [event] = events(as_alice.get(address).content)
    assert events(as_alice.get(address, HTTP_LAST_EVENT_ID=event["id"]).content) == []
    assert len(events(as_alice.get(address, HTTP_LAST_EVENT_ID="older").content)) == 1


def test_tells_a_client_that_knows_the_end_not_to_come_again(as_alice: APIClient, sent: Post) -> None:
    submission = sent()
    address = submission["url"] + "/stream"
    as_alice.post(submission["url"] + "/cancel")
    [event] = events(as_alice.get(address).content)
    assert event["data"]["is_final"]
    assert as_alice.get(address, HTTP_LAST_EVENT_ID=event["id"]).status_code == 204


def test_is_for_whom_the_submission_is(as_charlie: APIClient, as_bob: APIClient, sent: Post) -> None:
    address = sent()["url"] + "/stream"
    problem(as_charlie.get(address), 404, "NOT_FOUND")
    problem(APIClient().get(address), 401, "NOT_AUTHENTICATED")
    assert as_bob.get(address).status_code == 200


def test_a_board_is_for_whom_the_competition_is(as_charlie: APIClient, competition: Competition, at: str) -> None:
    assert APIClient().get(f"{at}/board/stream").status_code == 200
    Competition.objects.update(visibility="private")
    problem(APIClient().get(f"{at}/board/stream"), 404, "NOT_FOUND")
    problem(as_charlie.get(f"{at}/board/stream"), 404, "NOT_FOUND")


def test_a_boards_stamp_changes_with_whatever_the_board_shows(
    competition: Competition, team: Team, alice: User, sent: Post
) -> None:
    topic = Topic(BOARD, competition.pk)
    stamps = [read([topic])[topic].stamp]
    submission = Submission.objects.get(pk=sent()["id"])
    stamps.append(read([topic])[topic].stamp)
    cancel(submission, by=alice)
    stamps.append(read([topic])[topic].stamp)
    name_team(team, name="Wonderland", by=alice)
    stamps.append(read([topic])[topic].stamp)
    assert len(set(stamps)) == 4
    assert read([topic])[topic].stamp == stamps[-1]


def test_reads_many_submissions_in_as_many_queries_as_one(sent: Post, django_assert_num_queries: Any) -> None:
    topics = [Topic(SUBMISSION, sent(predicate=f"credit_history_months > {12 * i}")["id"]) for i in range(5)]
    with django_assert_num_queries(3):
        read(topics[:1])
    with django_assert_num_queries(3):
        read(topics)


def test_a_viewer_has_so_many_streams_and_no_more(settings: Any) -> None:
    settings.STREAMS_PER_USER = 2
    places, one, other = Places(), Viewer(1, None), Viewer(2, None)
    places.take(one)
    places.take(one)
    with pytest.raises(LimitReached, match="TOO_MANY_STREAMS"):
        places.take(one)
    places.take(other)
    places.give_back(one)
    places.take(one)


async def collected(stream: Stream, hub: Hub) -> bytes:
    return b"".join([content async for content in hub.events(stream)])


@pytest.mark.django_db(transaction=True)
class TestHub:
    """The event loop's side, with its reader at work."""

    @pytest.fixture(autouse=True)
    def quick(self, settings: Any) -> None:
        settings.STREAM_EVERY_S, settings.STREAM_BEAT_S, settings.STREAM_LIFE_S = 0.02, 0.1, 5.0

    def held(self, pk: int, user: User) -> Stream:
        token, _ = issue_token(user, name="watcher", scopes=["read"])
        return Stream(Topic(SUBMISSION, pk), Viewer(user.pk, token.pk))

    def test_tells_what_happens_until_it_is_final(self, sent: Post, alice: User) -> None:
        pk = sent()["id"]

        async def watched() -> AsyncIterator[bytes]:
            async for content in Hub().events(self.held(pk, alice)):
                yield content
                if b'"queued"' in content:
                    await asyncio.to_thread(cancel, Submission.objects.get(pk=pk), by=alice)

        async def play() -> bytes:
            return b"".join([content async for content in watched()])

        told = events(asyncio.run(play()))
        assert [event["data"].get("status") for event in told] == ["queued", "cancelled", None]
        assert told[-1] == {"event": "end", "data": {"reason": "final"}}

    def test_comments_where_nothing_happens_and_ends_after_its_life(
        self, sent: Post, alice: User, settings: Any
    ) -> None:
        settings.STREAM_LIFE_S = 0.5
        content = asyncio.run(collected(self.held(sent()["id"], alice), Hub()))
        assert content.count(b": still here") >= 2
        assert events(content)[-1]["data"] == {"reason": "time"}

    @pytest.mark.parametrize("taken", ["membership", "token", "account"])
    def test_tells_nothing_more_to_whom_it_no_longer_concerns(
        self, taken: str, sent: Post, alice: User, bob: User, team: Team
    ) -> None:
        Membership.objects.create(team=team, user=bob, competition=team.competition, role=Membership.Role.MEMBER)
        token, _ = issue_token(bob, name="watcher", scopes=["read"])
        pk = sent()["id"]
        topic = Topic(SUBMISSION, pk)
        stream = Stream(topic, Viewer(bob.pk, token.pk), seen=read([topic])[topic].stamp)
        if taken == "membership":
            remove_member(team, user=bob, by=alice)
        elif taken == "token":
            token.delete()
        else:
            User.objects.filter(pk=bob.pk).update(is_active=False)
        cancel(Submission.objects.get(pk=pk), by=alice)
        told = events(asyncio.run(collected(stream, Hub())))
        assert told == [{"event": "end", "data": {"reason": "gone"}}]

    @pytest.mark.parametrize("taken", ["nothing", "token", "session", "password", "account", "competition"])
    def test_ends_where_its_reader_is_shut_out_though_nothing_happens(
        self, taken: str, sent: Post, alice: User, settings: Any
    ) -> None:
        settings.STREAM_LIFE_S = 2.0
        topic = Topic(SUBMISSION, sent()["id"])
        token, browser = issue_token(alice, name="watcher", scopes=["read"])[0], signed_in(alice)
        by_token, by_session = Viewer(alice.pk, token.pk), Viewer(alice.pk, None, session=browser.session.session_key)
        viewer = by_token if taken in {"nothing", "token"} else by_session
        assert still_sees(viewer, topic)
        if taken == "token":
            revoke_token(token, by=alice)
        elif taken == "session":
            browser.logout()
        elif taken == "password":
            alice.set_password("quite another one")
            alice.save()
        elif taken == "account":
            User.objects.filter(pk=alice.pk).update(is_active=False)
        elif taken == "competition":
            Competition.objects.update(visibility="private")
        told = events(asyncio.run(collected(Stream(topic, viewer, seen=read([topic])[topic].stamp), Hub())))
        assert told == [{"event": "end", "data": {"reason": "time" if taken == "nothing" else "gone"}}]

    def test_ends_all_when_the_process_is_to_go(self, sent: Post, alice: User) -> None:
        hub, pk = Hub(), sent()["id"]

        async def play() -> list[bytes]:
            streams = [asyncio.create_task(collected(self.held(pk, alice), hub)) for _ in range(3)]
            await asyncio.sleep(0.1)
            hub.stop()
            return await asyncio.gather(*streams)

        ends = [events(content)[-1]["data"] for content in asyncio.run(play())]
        assert ends == [{"reason": "restart"}] * 3
