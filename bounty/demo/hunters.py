"""Entrants that are programs: each runs one strategy of the client's bot."""

from dataclasses import dataclass, field
from typing import Final

from bounty.demo.entrants import Sent
from bounty_client import Client
from bounty_client.hunting.bot import Bot

STRATEGIES: Final = ("tree", "exhaustive", "csc", "alternating")
BUDGET: Final = 2  # submissions of each


@dataclass
class Hunter:
    """A team of one bot: its name is its strategy's."""

    team: str
    client: Client
    slug: str
    sent: list[Sent] = field(default_factory=list)

    def compete(self) -> None:
        """Accept the rules, hunt, and keep what came of it."""
        version = self.client.competition(self.slug)["rules"]["version"]
        self.client.join(self.slug, rules_version=version, team_name=self.team)
        done = Bot(self.client, self.slug, strategy=self.team, demographic=True).compete(BUDGET)
        self.sent = [Sent(one.number, one.status, one.code, one.passes_gate, one.seconds) for one in done.sent]
