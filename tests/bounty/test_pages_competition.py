"""The pages of a competition: who sees what, the data, the rules, publishing."""

import hashlib
import io

import pandas as pd
import pytest
from django.test import Client

from bounty.models import Competition, DataSplit, RulesAcceptance, Team, User
from tests.pages import read, signed_in, words

TABS = ("", "data/", "rules/", "board/", "model/", "model/0/", "rounds/", "preview/")


def at(competition: Competition, page: str = "") -> str:
    return f"/competitions/{competition.slug}/{page}"


@pytest.mark.django_db
def test_an_empty_landing_page_says_why_it_is_empty_and_what_comes_next(client: Client) -> None:
    text = words(client.get("/"))
    assert "No competition is open" in text
    assert "manage.py import_bundle" in text


def test_an_open_competition_is_on_the_landing_page(client: Client, competition: Competition) -> None:
    page = client.get("/")
    assert competition.title in words(page)
    assert "No competition is open" not in words(page)


def test_a_draft_is_its_organisers_alone(client: Client, draft: Competition, olga: User, charlie: User) -> None:
    for visitor in (client, signed_in(charlie)):
        assert draft.title not in words(visitor.get("/"))
        assert visitor.get(at(draft)).status_code == 404
    assert signed_in(olga).get(at(draft)).status_code == 200


def test_every_tab_has_one_heading_one_main_and_nothing_inline(client: Client, competition: Competition) -> None:
    for tab in TABS:
        response = client.get(at(competition, tab))
        page = read(response)
        assert response.status_code == 200, tab
        assert (page.count("h1"), page.count("main"), page.forbidden()) == (1, 1, []), tab
        assert {"Site", "Account", "Competition"} <= {nav["aria-label"] for nav in page.all("nav")}


def test_every_table_has_a_caption_and_every_heading_cell_a_scope(client: Client, competition: Competition) -> None:
    for tab in TABS:
        page = read(client.get(at(competition, tab)))
        assert page.count("caption") == page.count("table"), tab
        assert all(cell.get("scope") in {"row", "col"} for cell in page.all("th")), tab


def test_the_tab_one_is_on_is_marked(client: Client, competition: Competition) -> None:
    for tab in ("data/", "board/", "rounds/"):
        current = [
            a["href"] for a in read(client.get(at(competition, tab))).all("a") if a.get("aria-current") == "page"
        ]
        assert current == [at(competition, tab)]


def test_public_splits_are_locked_until_the_rules_are_accepted(competition: Competition, charlie: User) -> None:
    visitor, file = signed_in(charlie), at(competition, "data/train.parquet")
    locked = visitor.get(file)
    assert (locked.status_code, "RULES_NOT_ACCEPTED" in words(locked)) == (409, True)
    assert "The downloads are locked" in words(visitor.get(at(competition, "data/")))
    visitor.post(at(competition, "rules/"), {"rules_version": 1, "accept": "on"})
    assert visitor.get(file).status_code == 200
    assert "The downloads are locked" not in words(visitor.get(at(competition, "data/")))


def test_a_download_has_the_digest_that_the_page_shows(competition: Competition, team: Team, alice: User) -> None:
    visitor, split = signed_in(alice), competition.splits.get(name="train")
    parquet = visitor.get(at(competition, "data/train.parquet"))
    assert hashlib.sha256(parquet.content).hexdigest() == split.sha256
    assert split.sha256 in words(visitor.get(at(competition, "data/")))
    again = visitor.get(at(competition, "data/train.parquet"), headers={"If-None-Match": parquet["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_csv_has_the_rows_of_the_parquet(competition: Competition, team: Team, alice: User) -> None:
    visitor = signed_in(alice)
    csv = pd.read_csv(io.BytesIO(visitor.get(at(competition, "data/train.csv")).content))
    parquet = pd.read_parquet(io.BytesIO(visitor.get(at(competition, "data/train.parquet")).content))
    assert list(csv) == list(parquet)
    assert len(csv) == len(parquet) == competition.splits.get(name="train").rows


def test_no_address_leads_to_a_hidden_split(competition: Competition, olga: User) -> None:
    visitor = signed_in(olga)
    for hidden in DataSplit.HIDDEN:
        assert visitor.get(at(competition, f"data/{hidden}.parquet")).status_code == 404
    assert visitor.get(at(competition, "data/train.parquet")).status_code == 200


def test_accepting_the_rules_makes_a_team_of_one(competition: Competition, charlie: User) -> None:
    visitor = signed_in(charlie)
    unread = visitor.post(at(competition, "rules/"), {"rules_version": 1, "team_name": "Solo"})
    assert (unread.status_code, Team.objects.count()) == (422, 0)
    assert 'value="Solo"' in unread.content.decode()
    joined = visitor.post(at(competition, "rules/"), {"rules_version": 1, "team_name": "Solo", "accept": "on"})
    assert (joined.status_code, Team.objects.get().name) == (302, "Solo")
    assert RulesAcceptance.objects.get().user == charlie


def test_only_the_rules_that_were_read_are_accepted(competition: Competition, charlie: User) -> None:
    Competition.objects.update(rules_version=2)
    visitor = signed_in(charlie)
    stale = visitor.post(at(competition, "rules/"), {"rules_version": 1, "accept": "on"})
    assert (stale.status_code, "RULES_CHANGED" in words(stale), Team.objects.count()) == (409, True, 0)
    visitor.post(at(competition, "rules/"), {"rules_version": 2, "accept": "on"})
    assert Team.objects.count() == 1


def test_a_team_name_that_is_taken_is_said_beside_its_field(
    competition: Competition, team: Team, charlie: User
) -> None:
    asked = {"rules_version": 1, "team_name": team.name, "accept": "on"}
    taken = signed_in(charlie).post(at(competition, "rules/"), asked)
    assert (taken.status_code, "Another team has this name" in words(taken)) == (409, True)
    assert signed_in(charlie).post(at(competition, "rules/"), asked | {"team_name": "Other"}).status_code == 302


def test_accepting_needs_an_account(client: Client, competition: Competition) -> None:
    answer = client.post(at(competition, "rules/"), {"rules_version": 1, "accept": "on"})
    assert answer["Location"].startswith("/login/?next=")
    assert Team.objects.count() == 0


def test_publishing_asks_first_and_is_the_organisers(draft: Competition, olga: User, charlie: User) -> None:
    assert signed_in(charlie).post(at(draft, "publish/")).status_code == 404
    visitor = signed_in(olga)
    assert "cannot be made a draft again" in words(visitor.get(at(draft, "publish/")))
    draft.refresh_from_db()
    assert draft.state == Competition.State.DRAFT
    assert visitor.post(at(draft, "publish/")).status_code == 302
    draft.refresh_from_db()
    assert draft.state == Competition.State.OPEN


def test_publishing_what_is_open_is_refused_on_a_page(competition: Competition, olga: User) -> None:
    answer = signed_in(olga).post(at(competition, "publish/"))
    assert (answer.status_code, "NOT_A_DRAFT" in words(answer)) == (409, True)
