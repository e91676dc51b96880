"""The pages on what the numbers are worth, and the calculator of detectable effects, which needs no script."""

import pytest
from django.test import Client

from bounty.models import Competition
from scoring.detectable import detectable_gain
from scoring.harms import Harm
from scoring.losses import Loss
from scoring.rounds import Ledger
from scoring.theorem import smallest_epsilon

ASKED = {
    "sealed_rows": 20_000,
    "group_percent": 5,
    "error_percent": 40,
    "test": 3,
    "spent": 1,
    "delta_percent": 5,
    "submissions": 500,
}


@pytest.mark.django_db
def test_the_statistics_are_explained_and_linked_from_the_first_page_of_the_docs(client: Client) -> None:
    index, page = (client.get(address).content.decode() for address in ("/docs/", "/docs/statistics"))
    assert "/docs/statistics" in index
    assert "/docs/detectable" in index
    for part in ("organisers", "entrants", "measured", "ledger"):
        assert f'id="{part}"' in page
    assert {loss.value for loss in Loss if f"<code>{loss.value}</code>" not in page} == set()
    named = page.replace("-", " ").lower()
    assert {harm for harm in Harm if harm.value.replace("_", " ") not in named} == set()


@pytest.mark.django_db
def test_the_calculator_answers_what_is_asked(client: Client) -> None:
    page = client.get("/docs/detectable", ASKED).content.decode()
    level = Ledger(0.05, 2, 1.0).level()
    gain = detectable_gain(20_000, 0.05, level=level, model_error=0.4).gain
    assert f"<b>+{100 * gain:.2f} points</b>" in page
    assert "A group of 5% has about 1000 sealed rows" in page.replace(",", "")
    assert f"{smallest_epsilon(20_000, 500):.3g}" in page


@pytest.mark.django_db
def test_the_calculator_says_where_nothing_can_be_certified(client: Client) -> None:
    page = client.get("/docs/detectable", ASKED | {"sealed_rows": 40}).content.decode()
    assert "none is enough" in page
    assert "nothing" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"), [("sealed_rows", "0"), ("group_percent", "101"), ("test", "x"), ("spent", "-1")]
)
def test_the_calculator_refuses_what_is_no_competition(client: Client, field: str, value: str) -> None:
    refused = client.get("/docs/detectable", ASKED | {field: value})
    assert (refused.status_code, b'id="answer"' in refused.content) == (422, False)
    assert client.get("/docs/detectable", ASKED).status_code == client.get("/docs/detectable").status_code == 200


def test_the_rules_say_what_this_competition_can_detect(client: Client, competition: Competition) -> None:
    sealed = competition.splits.get(name="sealed").rows

    def shown() -> str:
        return client.get(f"/competitions/{competition.slug}/rules/").content.decode()

    for spent in (0.0, 2.0):
        Competition.objects.filter(pk=competition.pk).update(ledger_spent=spent)
        gain = detectable_gain(sealed, 0.2, level=Ledger(0.05, 0, spent).level()).gain
        assert f"+{100 * gain:.2f} points" in shown()
    Competition.objects.filter(pk=competition.pk).update(opening="close")
    gain = detectable_gain(sealed, 0.2, level=0.05 / competition.round_cap).gain
    assert f"+{100 * gain:.2f} points" in shown()
