"""The pages of a team, of an invitation, of a private competition and of its schedule."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from bounty import clock
from bounty.actions.edit_competition import edit_competition
from bounty.actions.offer_merge import offer_merge
from bounty.models import Competition, Invitation, RoundTime, Team, User
from tests.pages import read, signed_in, words


@pytest.fixture
def at(competition: Competition) -> str:
    return f"/competitions/{competition.slug}/"


def shown_link(page: HttpResponse) -> str:
    found = re.search(r"http://testserver(/invitations/[^/\s]+/)", words(page))
    assert found
    return found[1]


def is_sound(page: HttpResponse) -> bool:
    return (read(page).count("h1"), read(page).forbidden()) == (1, [])


def test_a_link_is_shown_once_and_leads_a_newcomer_into_the_team(team: Team, alice: User, bob: User, at: str) -> None:
    captain, newcomer = signed_in(alice), signed_in(bob)
    made = captain.post(f"{at}team/invite/", {"email": ""})
    link = shown_link(made)
    assert "no-store" in made["Cache-Control"]
    assert "/invitations/" not in words(captain.get(f"{at}team/"))
    assert is_sound(newcomer.get(link))
    assert newcomer.post(link, {"rules_version": 1})["Location"] == link  # without accepting
    assert newcomer.post(link, {"rules_version": 1, "accept": "on"})["Location"] == f"{at}team/"
    page = newcomer.get(f"{at}team/")
    assert "You are a member of “Alice's” now" in words(page)
    assert "Make captain" not in words(page)
    assert "Make captain" in words(captain.get(f"{at}team/"))


def test_an_invitation_by_mail_is_sent_and_said_to_be(team: Team, alice: User, at: str) -> None:
    made = signed_in(alice).post(f"{at}team/invite/", {"email": "someone@example.org"})
    assert "Sent to someone@example.org" in words(made)
    assert shown_link(made) in mail.outbox[0].body


def test_a_mail_that_cannot_be_sent_leaves_the_link_to_pass_on(
    team: Team, alice: User, at: str, settings: object
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # type: ignore[attr-defined]
    made = signed_in(alice).post(f"{at}team/invite/", {"email": "someone@example.org"})
    assert "could not be sent" in words(made)
    assert shown_link(made)


def test_a_stranger_signs_in_first_and_comes_back(team: Team, alice: User, at: str) -> None:
    link = shown_link(signed_in(alice).post(f"{at}team/invite/", {}))
    assert f"/login/?next={link}" in Client().get(link).content.decode()
    assert Client().post(link)["Location"] == f"/login/?next={link}"


def test_a_useless_link_says_so(db: None, charlie: User) -> None:
    answer = signed_in(charlie).get("/invitations/unknown/")
    assert (answer.status_code, "INVITATION_USELESS" in words(answer)) == (409, True)


def test_teams_become_one_on_their_pages(team: Team, rivals: Team, alice: User, bot: User, at: str) -> None:
    offered = signed_in(bot).post(f"{at}team/offer/", {"to": team.name}, follow=True)
    assert "can accept your offer" in words(offered)
    captain = signed_in(alice)
    accept = re.search(r"/team/offers/\d+/accept/", captain.get(f"{at}team/").content.decode())
    assert accept
    address = f"{at.rstrip('/')}{accept[0]}"
    assert "cannot be undone" in words(captain.get(address))
    assert "is part of your team now" in words(captain.post(address, follow=True))


def test_what_is_refused_is_said_on_the_page(team: Team, rivals: Team, bot: User, at: str) -> None:
    page = signed_in(bot).post(f"{at}team/offer/", {"to": "Nobody"}, follow=True)
    assert "NO_SUCH_TEAM" in words(page)
    offer_merge(rivals, to=team.name, by=bot)
    assert "Take it back" in words(signed_in(bot).get(f"{at}team/"))


def test_who_is_in_no_team_is_told_how_to_be_in_one(competition: Competition, charlie: User, at: str) -> None:
    page = signed_in(charlie).get(f"{at}team/")
    assert "You are in no team here" in words(page)
    assert signed_in(charlie).post(f"{at}team/leave/").status_code == 403


def test_the_organiser_lets_people_in_and_shuts_them_out(
    competition: Competition, olga: User, charlie: User, at: str
) -> None:
    edit_competition(competition, by=olga, visibility="private")
    organiser, visitor = signed_in(olga), signed_in(charlie)
    link = shown_link(organiser.post(f"{at}admissions/", {"max_uses": 1}))
    assert visitor.get(at).status_code == 404
    assert "This competition is private" in words(visitor.get(link))
    assert visitor.post(link)["Location"] == at
    assert "by invitation" in words(visitor.get(at))
    assert "charlie" in words(organiser.get(f"{at}admissions/"))
    end = re.search(r"/admissions/\d+/end/", organiser.get(f"{at}admissions/").content.decode())
    assert end
    organiser.post(f"{at.rstrip('/')}{end[0]}")
    assert visitor.get(at).status_code == 404


def test_the_organiser_revokes_an_invitation(competition: Competition, olga: User, at: str) -> None:
    edit_competition(competition, by=olga, visibility="private")
    organiser = signed_in(olga)
    organiser.post(f"{at}admissions/", {})
    organiser.post(f"{at}admissions/invitations/{Invitation.objects.get().pk}/revoke/")
    assert Invitation.objects.get().revoked_at is not None


def test_the_organiser_sets_rounds_and_everyone_reads_when(competition: Competition, olga: User, at: str) -> None:
    organiser = signed_in(olga)
    yesterday = clock.now() - dt.timedelta(days=1)
    refused = organiser.post(f"{at}schedule/", {"at": yesterday.strftime("%Y-%m-%dT%H:%M")})
    assert (refused.status_code, "TIME_PASSED" in words(refused)) == (409, True)
    organiser.post(f"{at}schedule/", {"at": "2099-01-01T12:00"})
    assert "1 Jan 2099, 12:00 UTC" in words(Client().get(f"{at}rounds/"))
    assert Client().get(f"/api/v1{at.rstrip('/')}").json()["round_times"] == ["2099-01-01T12:00:00+00:00"]
    organiser.post(f"{at}schedule/{RoundTime.objects.get().pk}/remove/")
    assert not RoundTime.objects.exists()


def test_what_is_left_in_all_is_shown_and_holds(team: Team, alice: User, at: str) -> None:
    Competition.objects.update(submissions_in_all=0)
    browser = signed_in(alice)
    assert "0 of 0 left in all" in words(browser.get(f"{at}team/"))
    asked = {"group_kind": "predicate", "predicate": "income > 3", "patch_kind": "platform"}
    assert "QUOTA_IN_ALL" in words(browser.post(f"{at}submit/", asked))
    answer = browser.get(f"/api/v1{at}quota").json()
    assert (answer["left"], answer["left_in_all"]) == (0, 0)
    Competition.objects.update(submissions_in_all=1)
    assert browser.post(f"{at}submit/", asked).status_code == 302
