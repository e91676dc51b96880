"""The main job from upload to the close: entrants compete, the organiser holds rounds, everything is printed."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from bounty.demo import organiser, report
from bounty.demo.entrants import Entrant, Sent, Surroundings, by_platform, by_routing, by_training
from bounty.demo.hunters import STRATEGIES, Hunter
from bounty.demo.instance import Instance, running
from bounty.demo.report import Say
from bounty_client import Client
from bounty_client.answers import Round
from bounty_client.calls import Pair
from scoring.sandbox import probe
from scoring.statements import read_keys, verify

_ORGANISER: Final = "olga"
_CERTIFIED_HUNTERS: Final = 2  # of four, at least


class Competitor(Protocol):
    """Who competes: its team, and what came of what it sent."""

    team: str
    sent: list[Sent]

    def compete(self) -> None: ...


@dataclass(frozen=True)
class Player:
    """An account, and what competes with it."""

    account: str
    team: str
    make: Callable[[str, Client, str], Competitor]  # from team, client and competition


def _scripted(account: str, team: str, strategy: Callable[[Surroundings], Iterator[Pair]]) -> Player:
    return Player(account, team, lambda team, client, slug: Entrant(team, client, slug, strategy))


_PLATFORM: Final = _scripted("alice", "platform patches", by_platform)
_ROUTES: Final = _scripted("bob", "routes", by_routing)
_TRAINING: Final = _scripted("bot", "own training", by_training)
_HUNTERS: Final = tuple(Player(name, name, Hunter) for name in STRATEGIES)


class Stopped(Exception):
    """Another entrant failed, or Ctrl-C was pressed: whoever waits gives up."""


class NothingMerged(Exception):
    """No patch was certified and merged; the message says where it stopped."""


def run(bundle: Path | None, *, say: Say, hunters: bool = False) -> None:
    """The whole demonstration on a bundle, or on the generated data set. Raises ``NothingMerged``."""
    say(f"Preparing an installation for {bundle or 'the generated lending data set'} ...")
    players = _HUNTERS if hunters else _players(say=say)
    with running(bundle, organiser=_ORGANISER, entrants=tuple(player.account for player in players)) as instance:
        say(f"{instance.slug} is open at {instance.address}; {len(players)} entrants compete ...")
        client = _client(instance, _ORGANISER, "read", "organise", check=instance.check_alive)
        if hunters:
            entrants, rounds = _take_turns(instance, players, client, say=say)
        else:
            entrants = _compete(instance, players)
            rounds = _hold_rounds(client, instance.slug, organiser.ROUNDS, say=say)
        report.verdicts(entrants, say=say)
        report.ledger(rounds, delta=client.competition(instance.slug)["ledger"]["delta"], say=say)
        _close(client, instance.slug, say=say)
    check_merged(entrants, rounds)
    if hunters:
        _check_hunters(rounds, say=say)


def _players(*, say: Say) -> tuple[Player, ...]:
    found = probe()
    if found.ok:
        return (_PLATFORM, _TRAINING, _ROUTES)
    say(f"No sandbox here ({'; '.join(found.reasons)}): predicates with platform patches and routes only.")
    return (_PLATFORM, _ROUTES)


def _client(instance: Instance, name: str, *scopes: str, check: Callable[[], object]) -> Client:
    """``check`` is called while waiting, and raises where waiting is vain."""

    def pause(seconds: float) -> None:
        check()
        time.sleep(seconds)

    client = Client(instance.address, token="", pause=pause)
    client.log_in(name, instance.password, name="demonstration", scopes=scopes)
    return client


def _compete(instance: Instance, players: Sequence[Player]) -> list[Competitor]:
    """All entrants at once, each sending one submission after another; the first failure of one stops the others."""
    stopping = threading.Event()

    def check() -> None:
        instance.check_alive()
        if stopping.is_set():
            raise Stopped

    entrants = [
        player.make(player.team, _client(instance, player.account, "read", "submit", check=check), instance.slug)
        for player in players
    ]
    with ThreadPoolExecutor(len(entrants)) as pool:
        try:
            for job in as_completed([pool.submit(entrant.compete) for entrant in entrants]):
                job.result()
        finally:
            stopping.set()  # the pool waits for its threads
    return entrants


def _take_turns(
    instance: Instance, players: Sequence[Player], client: Client, *, say: Say
) -> tuple[list[Competitor], list[Round]]:
    """One after another, each against the version that the ones before it have made, and a round after each."""
    entrants: list[Competitor] = []
    rounds: list[Round] = []
    for player in players:
        own = _client(instance, player.account, "read", "submit", check=instance.check_alive)
        entrants.append(player.make(player.team, own, instance.slug))
        entrants[-1].compete()
        say(f"{player.team}: {len(entrants[-1].sent)} sent")
        rounds += _hold_rounds(client, instance.slug, 1, say=say)
    return entrants, rounds


def _hold_rounds(client: Client, slug: str, most: int, *, say: Say) -> list[Round]:
    rounds = []
    for held in organiser.hold_rounds(client, slug, most):
        passed = sum(bool(test["passed"]) for test in held["candidates"])
        say(f"Round {held['number']} ({held['state']}): {len(held['candidates'])} candidates, {passed} merged")
        rounds.append(held)
    return rounds


def _close(client: Client, slug: str, *, say: Say) -> None:
    closed = organiser.close(client, slug)["close_report"] or {}
    board = client.board(slug)
    report.board(board["standings"], say=say)
    _verify(client, slug, say=say)
    report.errors_by_version(closed, say=say)
    first, last = client.version(slug, 0), client.version(slug, board["version"])
    report.errors_by_group(first, last, closed, say=say)
    report.protected(closed, say=say)


def _verify(client: Client, slug: str, *, say: Say) -> None:
    """Every certificate with the statement that closes it, checked as anybody can who has the keys."""
    keys, listed = read_keys(client.keys()), list(client.certificates(slug))
    for one in listed:
        certificate, closing = client.certificate(one["id"]), client.closing_statement(one["id"])
        verify(b'{"certificate": ' + certificate + b', "closing": ' + closing + b"}", keys)
    say(f"\nCertificates: {len(listed)}, each verified with the statement that closes it")


def check_merged(entrants: Sequence[Competitor], rounds: Sequence[Round]) -> None:
    """Raises ``NothingMerged``, naming the first step that nothing came through."""
    sent = [sent for entrant in entrants for sent in entrant.sent]
    tests = [test for held in rounds for test in held["candidates"]]
    if not sent:
        raise NothingMerged("No entrant found a group that the rules allow.")
    if not any(one.code == "SCORED" for one in sent):
        raise NothingMerged(f"None of {len(sent)} submissions was scored.")
    if not tests:
        scored = sum(one.code == "SCORED" for one in sent)
        raise NothingMerged(f"None of {scored} scored submissions passed the gate to a round.")
    if not any(test["passed"] for test in tests):
        raise NothingMerged(f"None of {len(tests)} candidates was certified on the sealed split.")


def _check_hunters(rounds: Sequence[Round], *, say: Say) -> None:
    """Raises ``NothingMerged`` unless patches of enough hunters were certified."""
    certified = sorted({test["team"] for held in rounds for test in held["candidates"] if test["passed"]})
    say(f"\nHunters with a certified patch: {', '.join(certified) or 'none'}")
    if len(certified) < _CERTIFIED_HUNTERS:
        raise NothingMerged(f"Only {len(certified)} of {len(STRATEGIES)} hunters got a patch certified.")
