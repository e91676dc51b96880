"""A submission's page: who sees it, how it goes on, what its verdict says, what may be done with it."""

import datetime as dt

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bounty import clock
from bounty.models import Competition, Team, User
from submissions.actions.judge import judge
from submissions.models import Submission
from submissions.states import Status
from tests.pages import Page, read, signed_in, words
from tests.submissions.conftest import Send

PLANTED = "sex == 'Female' and age_band == '18-24'"


def at(submission: Submission, page: str = "") -> str:
    return f"/submissions/{submission.pk}/{page}"


def polled(html: str) -> str | None:
    """The address that the page asks again, if it does."""
    return next((tag[1]["hx-get"] for tag in Page(html).tags if "hx-get" in tag[1]), None)


def test_a_submission_is_its_teams_and_the_organisers(
    send: Send, client: Client, alice: User, olga: User, charlie: User
) -> None:
    submission = send(PLANTED)
    for page in ("", "status/", "cancel/", "withdraw/"):
        assert client.get(at(submission, page))["Location"].startswith("/login/")
        assert signed_in(charlie).get(at(submission, page)).status_code == 404
    assert signed_in(alice).get(at(submission)).status_code == 200
    assert signed_in(olga).get(at(submission)).status_code == 200


def test_a_waiting_submission_is_asked_about_again_until_it_is_judged(send: Send, alice: User) -> None:
    submission, visitor = send(PLANTED), signed_in(alice)
    again = polled(visitor.get(at(submission)).content.decode())
    assert again is not None
    assert visitor.get(again).status_code == 204
    judge(submission.pk)
    news = visitor.get(again)
    assert news.status_code == 200
    assert polled(news.content.decode()) is None
    assert 'hx-swap-oob="innerHTML"' in news.content.decode()


def test_the_interval_of_asking_grows_with_the_wait(send: Send, alice: User) -> None:
    submission, visitor = send(PLANTED), signed_in(alice)
    for waited_s, every in ((0, "every 1s"), (60, "every 2s"), (600, "every 5s")):
        Submission.objects.update(sent_at=clock.now() - dt.timedelta(seconds=waited_s))
        assert every in visitor.get(at(submission)).content.decode()


def test_a_scored_verdict_is_told_in_words_and_called_provisional(judged: Send, alice: User) -> None:
    submission = judged(PLANTED)
    numbers = submission.verdicts.get().numbers
    text = words(signed_in(alice).get(at(submission)))
    assert "scored, provisionally" in text
    assert f"rights {numbers['fixed']} answers of the model and spoils {numbers['broken']}" in text
    assert "95% interval" in text


def test_a_refusal_says_whose_fault_it_is_and_leads_to_its_code(judged: Send, alice: User) -> None:
    submission = judged("age_band == 'nobody'")
    page = read(signed_in(alice).get(at(submission)))
    assert "yours to mend" in page.text
    assert "/docs/errors#EMPTY_GROUP" in {a["href"] for a in page.all("a")}


def test_only_its_own_team_is_told_that_it_is_theirs(judged: Send, alice: User, olga: User) -> None:
    for sent in (judged(PLANTED), judged("age_band == 'nobody'")):
        own, others = (words(signed_in(who).get(at(sent))).lower() for who in (alice, olga))
        assert "your" in own
        assert "your" not in others
        assert "send another" not in others


def test_cancelling_asks_first_and_gives_the_quota_back(send: Send, alice: User, olga: User) -> None:
    submission, visitor = send(PLANTED), signed_in(alice)
    visitor.get(at(submission, "cancel/"))
    assert Submission.objects.get().status == Status.QUEUED
    assert signed_in(olga).post(at(submission, "cancel/")).status_code == 403
    visitor.post(at(submission, "cancel/"))
    assert Submission.objects.get().status == Status.CANCELLED
    assert "given back" in words(visitor.get(at(submission)))


def test_what_is_judged_is_withdrawn_and_not_cancelled(judged: Send, alice: User) -> None:
    submission, visitor = judged(PLANTED), signed_in(alice)
    late = visitor.post(at(submission, "cancel/"))
    assert (late.status_code, "TOO_LATE_TO_CANCEL" in words(late)) == (409, True)
    assert visitor.post(at(submission, "withdraw/")).status_code == 302
    assert Submission.objects.get().status == Status.WITHDRAWN


def test_judging_again_is_the_organisers(send: Send, alice: User, olga: User) -> None:
    submission = send(PLANTED)
    Submission.objects.update(status=Status.FAILED)
    assert signed_in(alice).post(at(submission, "rejudge/")).status_code == 403
    assert signed_in(olga).post(at(submission, "rejudge/")).status_code == 302
    assert Submission.objects.get().status == Status.QUEUED


def test_ones_own_source_is_plain_text(send: Send, alice: User, charlie: User) -> None:
    source = b"<script>def group(X): ...</script>\n"
    submission = send(group_kind="python", group_source=source)
    shown = signed_in(alice).get(at(submission, "group.py"))
    assert (shown.content, shown["Content-Type"]) == (source, "text/plain; charset=utf-8")
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert signed_in(alice).get(at(submission, "patch.py")).status_code == 404
    assert signed_in(charlie).get(at(submission, "group.py")).status_code == 404


def test_what_an_entrant_writes_is_escaped(send: Send, alice: User) -> None:
    submission = send(PLANTED, title="<b>bold</b>", note="<img src=x onerror=y>")
    page = read(signed_in(alice).get(at(submission)))
    assert "<b>bold</b>" in page.text
    assert page.all("img") == []


def test_a_team_lists_its_own_and_the_organiser_lists_all(
    send: Send, rivals: Team, competition: Competition, alice: User, olga: User
) -> None:
    send(PLANTED, title="of Alice")
    send(PLANTED, title="of the bot", to=rivals)
    listing = f"/competitions/{competition.slug}/submissions/"
    assert "of the bot" not in words(signed_in(alice).get(listing))
    assert "of Alice" in words(signed_in(alice).get("/submissions/"))
    assert {"of Alice", "of the bot"} <= {
        p for p in ("of Alice", "of the bot") if p in words(signed_in(olga).get(listing))
    }


def test_lists_ask_the_same_number_of_questions_however_long(send: Send, competition: Competition, alice: User) -> None:
    visitor, listing = signed_in(alice), f"/competitions/{competition.slug}/submissions/"
    send(PLANTED)
    with CaptureQueriesContext(connection) as one:
        visitor.get(listing)
    for value in ("25-34", "35-44", "45-54"):
        send(f"age_band == '{value}'")
    with CaptureQueriesContext(connection) as four:
        visitor.get(listing)
    assert len(four) == len(one)


def test_an_empty_list_says_what_comes_next(client: Client, competition: Competition, team: Team, alice: User) -> None:
    listing = f"/competitions/{competition.slug}/submissions/"
    assert "Your team has sent nothing yet" in words(signed_in(alice).get(listing))
    assert "You have sent nothing yet" in words(signed_in(alice).get("/submissions/"))
