"""Signing in, and taking part."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from bounty_client import settings
from bounty_client.cli.endings import Ending
from bounty_client.cli.printing import AsJson, note, show
from bounty_client.problems import ClientError, NotSignedIn, Problem

if TYPE_CHECKING:
    from bounty_client.answers import Rules
    from bounty_client.sync import Client

T = TypeVar("T")
COMPLETION_S: Final = 3.0  # a shell waits for what completes a word


def client(address: str | None = None, token: str | None = None) -> "Client":
    """The client of the site that is meant, with the token that is kept for it, unless others are given."""
    from bounty_client.flows import Patience  # what speaks HTTP takes a while to load
    from bounty_client.sync import Client

    return Client(address, token=token, patience=Patience(attempts=4))  # somebody waits


def slugs(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """What completes a competition's name: those of the site, with their titles; nothing where it does not answer."""
    from bounty_client.flows import Patience
    from bounty_client.sync import Client

    address = context.find_root().params.get("url")
    try:
        with Client(address, patience=Patience(attempts=1), timeout_s=COMPLETION_S) as bounty:
            return [(one["slug"], one["title"]) for one in bounty.competitions() if one["slug"].startswith(incomplete)]
    except ClientError:
        return []


Slug = Annotated[
    str,
    typer.Argument(metavar="COMPETITION", help="The competition's name in addresses.", autocompletion=slugs),
]


def login(
    username: Annotated[str, typer.Option(help="Your account's name.", prompt=False)] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Keep a token that you have, from standard input.")
    ] = False,
    scope: Annotated[list[str] | None, typer.Option(help="What the token may do: read, submit, organise.")] = None,
    days: Annotated[int, typer.Option(help="After how many days the token ends.", min=1, max=3650)] = 90,
    as_json: AsJson = False,
) -> None:
    """Sign in, and keep a token in a file that only you may read."""
    with client() as bounty:
        address = bounty.way.site.address
        if token_stdin:
            token, until = sys.stdin.readline().strip(), None
            _try(address, token)
        else:
            name = username or _asked(
                lambda: typer.prompt("Name", err=True), instead="Give your name: --username NAME."
            )
            password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
            made = bounty.log_in(name, password, scopes=scope or ["read", "submit"], days=days)
            token, until = made["token"], made["expires_at"]
    file = settings.keep(address, token)
    ends = f"; the token ends on {until[:10]}" if until else ""
    show(
        {"address": address, "file": str(file), "expires_at": until},
        [f"Signed in to {address}{ends}."],
        as_json=as_json,
    )
    if os.environ.get(settings.TOKEN_VARIABLE):
        note(f"{settings.TOKEN_VARIABLE} is set, and is used instead of what was kept now.")


def _ask_password() -> str:
    instead = "Give the password on standard input: --password-stdin."
    if not sys.stdin.isatty():
        raise typer.BadParameter(instead)  # it would be shown
    return str(_asked(lambda: typer.prompt("Password", hide_input=True, err=True), instead=instead))


def _asked(ask: Callable[[], T], *, instead: str) -> T:
    """What somebody answers. Where there is nobody, ``instead`` says what to give."""
    try:
        return ask()
    except typer.Abort as abort:
        note("")
        if sys.stdin.isatty():
            raise typer.Exit(Ending.INTERRUPTED) from abort
        raise typer.BadParameter(instead) from abort


def _try(address: str, token: str) -> None:
    if not token:
        raise NotSignedIn("There was no token on standard input.")
    with client(address, token) as bounty:
        next(bounty.tokens(), None)


def logout(as_json: AsJson = False) -> None:
    """Forget the token that is kept for the site, and end it there."""
    with client() as bounty:
        address = bounty.way.site.address
        kept = settings.kept_token(address)
        try:
            for made in bounty.tokens() if kept else ():
                if kept.startswith(made["hint"]) and made["revoked_at"] is None:
                    bounty.revoke_token(made["id"])
        except Problem as problem:
            if problem.status != 401:  # it has ended already
                raise
    settings.forget(address)
    show({"address": address}, [f"Signed out of {address}."], as_json=as_json)


def join(
    competition: Annotated[str, typer.Argument(metavar="COMPETITION", help="The competition's name in addresses.")],
    team: Annotated[str, typer.Option(help="Your team's name.")] = "",
    accept: Annotated[
        int | None, typer.Option(metavar="VERSION", help="Accept the rules of this version without being asked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a competition's rules, accept them, and take part."""
    with client() as bounty:
        if accept is None:
            next(bounty.tokens(), None)  # nobody reads rules for a token that does not hold
            accept = _accepted(competition, bounty.competition(competition)["rules"])
        made = bounty.join(competition, rules_version=accept, team_name=team)
    show(made, [f"You take part in {competition} as {made['name']}."], as_json=as_json)


def _accepted(competition: str, rules: "Rules") -> int:
    """The version of the rules, if somebody says yes to them."""
    number = rules["version"]
    nothing = f"The organiser adds nothing to the terms that the platform enforces: bounty competitions {competition}"
    note(f"{rules['text'] or nothing}\n")
    question = f"Do you accept these rules (version {number})?"
    if not _asked(lambda: typer.confirm(question, err=True), instead=f"Accept the rules: --accept {number}."):
        note("You take part in nothing.")
        raise typer.Exit(Ending.NO)
    return number
