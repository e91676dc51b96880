"""The bot before a live site: it finds whom the model fails, keeps to its budget, and learns."""

from pathlib import Path

from bounty_client import Client
from bounty_client.hunting.bot import Bot
from tests.client.arena import SLUG, Arena


def test_it_finds_whom_the_model_fails_and_sends_nothing_twice(live: Arena, tmp_path: Path) -> None:
    heard: list[str] = []
    with Client(live.address, token=live.tokens["bob"]) as client:
        client.join(SLUG, rules_version=1, team_name="bob's bot")
        bot = Bot(client, SLUG, strategy="tree", folder=tmp_path, tell=heard.append)
        first, second = bot.compete(1), bot.compete(2)
        sent = [one.number for one in (*first.sent, *second.sent)]
        mine = {row["id"] for row in client.submissions(SLUG)}
    assert len(first.sent) == 1
    assert first.ended == "The budget is used up."
    assert "sex" in first.sent[0].group
    assert first.sent[0].code
    assert set(sent) == mine
    groups = [one.group for one in (*first.sent, *second.sent)]
    assert len(set(groups)) == len(groups)
    assert second.ended in {"The budget is used up.", "Nothing more was found."}
    assert any(line.startswith("hunting against version") for line in heard)
