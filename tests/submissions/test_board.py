"""The board that is kept while nothing happens, and the boards of earlier versions."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bounty.models import Competition, HostedModelVersion, Team, User
from submissions.actions.certify import certify
from submissions.actions.judge import judge
from submissions.actions.open_round import open_round
from submissions.actions.withdraw import withdraw
from submissions.board import history, standings
from tests.submissions.conftest import Send

WOMEN = "sex == 'Female' and age_band == '18-24'"


@pytest.fixture
def kept(settings: Any) -> None:
    settings.BOARD_KEPT_S = 60


@pytest.mark.usefixtures("kept")
def test_a_kept_board_is_counted_anew_as_soon_as_something_happens(
    send: Send, competition: Competition, rivals: Team, alice: User
) -> None:
    assert standings(competition) == []
    sent = send(WOMEN)
    assert [(row.sent, row.scored) for row in standings(competition)] == [(1, 0)]
    judge(sent.pk)
    assert [(row.sent, row.scored) for row in standings(competition)] == [(1, 1)]
    assert standings(competition)[0].provisional_gain > 0
    sent.refresh_from_db()
    withdraw(sent, by=alice)
    assert standings(competition)[0].provisional_gain == 0


@pytest.mark.usefixtures("kept")
def test_a_kept_board_costs_three_small_queries(send: Send, competition: Competition) -> None:
    send(WOMEN)
    counted = standings(competition)
    with CaptureQueriesContext(connection) as queries:
        again = standings(competition)
    assert (len(queries), again) == (3, counted)


def test_an_earlier_board_is_as_that_version_had_it(judged: Send, competition: Competition, olga: User) -> None:
    merged = judged(WOMEN)
    certify(open_round(competition, by=olga).pk)
    versions = list(HostedModelVersion.objects.order_by("number"))
    first, newest = (standings(competition, version)[0] for version in versions)
    assert (first.certified, first.best, newest.certified, newest.best) == (0, merged, 1, None)
    assert first.provisional_gain > newest.provisional_gain == 0
    through = history(competition, versions)
    assert [(through[n][0].certified, through[n][0].provisional_gain) for n in (0, 1)] == [
        (0, first.provisional_gain),
        (1, 0.0),
    ]


def test_the_board_is_had_as_csv_in_which_no_name_is_a_formula(
    send: Send, competition: Competition, team: Team
) -> None:
    send(WOMEN)
    Team.objects.filter(pk=team.pk).update(name="=1+1")
    at = f"/api/v1/competitions/{competition.slug}/board"
    for asked in (Client().get(f"{at}?format=csv"), Client().get(at, HTTP_ACCEPT="text/csv")):
        assert asked["Content-Type"].startswith("text/csv")
        heading, row = asked.content.decode().splitlines()
        assert heading.startswith("rank,team,certified")
        assert row.startswith("1,'=1+1,0")
    assert Client().get(f"{at}?format=xml").json()["code"] == "INVALID_INPUT"
    assert Client().get(f"{at}?version=7").status_code == 404
