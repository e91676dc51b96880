"""The close report's rewards: on the sealed split, by two rules, against the right versions."""

import pytest
from django.test import Client

from bounty import evidence
from bounty.models import Competition, User
from submissions.actions.certify import certify
from submissions.actions.close_competition import close_competition
from submissions.actions.open_round import open_round
from submissions.actions.settle import settle
from submissions.models import Merge, Settlement
from submissions.pairs import hidden_pair
from tests.submissions.conftest import Send

GROUPS = ("sex == 'Female' and age_band == '18-24'", "first_language == 'Spanish' and region == 'South'")


@pytest.fixture(params=["rounds", "close"])
def closed(request: pytest.FixtureRequest, judged: Send, competition: Competition, olga: User) -> Competition:
    """A competition that was settled after two merges, by either rule of opening."""
    Competition.objects.filter(pk=competition.pk).update(opening=request.param, delta=0.5)
    competition.refresh_from_db()
    for text in GROUPS:
        judged(text)
    if request.param == "rounds":
        certify(open_round(competition, by=olga).pk)
    close_competition(competition, by=olga)
    if request.param == "close":
        certify(competition.rounds.get().pk)
    settle(Settlement.objects.get().pk)
    competition.refresh_from_db()
    assert len(competition.close_report["certificates"]) == 2
    return competition


def test_rewards_and_repairs_add_up_to_what_the_model_gained(closed: Competition) -> None:
    report = closed.close_report
    first, last = report["versions"][0], report["versions"][-1]
    rewards = report["rewards"]
    fall = first["sealed"]["estimate"] - last["sealed"]["estimate"]
    assert rewards["total"] == pytest.approx(fall)
    for rule in ("marginal", "shapley"):
        each = [row[f"{rule}_reward"] for row in report["certificates"]]
        assert sum(each) == pytest.approx(rewards[rule])
        assert rewards[rule] + rewards[f"{rule}_repairs"] == pytest.approx(fall)
        assert sum(team[f"{rule}_reward"] for team in rewards["teams"]) == pytest.approx(rewards[rule])
    assert [row["shapley_error"] for row in report["certificates"]] == [0.0, 0.0]  # both orders were counted
    assert [team["shapley_error"] for team in rewards["teams"]] == [0.0]


def test_provisional_and_sealed_are_against_the_version_of_the_certificate(closed: Competition) -> None:
    merges = Merge.objects.order_by("pk").select_related("certificate__version", "submission", "before")
    for merge, row in zip(merges, closed.close_report["certificates"], strict=True):
        version, pair = merge.certificate.version, hidden_pair(merge.submission)
        assert row["against"] == version.number
        assert row["provisional"] == evidence.provisional(closed, version, pair, seed=0).score
        assert row["sealed"]["value"] == evidence.sealed_figures(closed, version, pair)["value"]
        before = evidence.sealed_figures(closed, merge.before, pair)["value"]
        assert row["marginal_reward"] == merge.marginal_reward == pytest.approx(before)


def test_the_page_and_the_api_show_them(closed: Competition, client: Client) -> None:
    page = client.get(f"/competitions/{closed.slug}/").content.decode()
    assert "Shapley value" in page
    assert "Repairs" in page
    shown = client.get(f"/api/v1/competitions/{closed.slug}").json()["close_report"]
    assert shown["rewards"] == closed.close_report["rewards"]
    assert shown["rewards"]["teams"][0]["team"] == "Alice's"
