"""Signing in, and taking part."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bounty_client import settings
from bounty_client.cli.printing import AsJson, note, show
from bounty_client.problems import NotSignedIn, Problem

if TYPE_CHECKING:
    from bounty_client.sync import Client


_NO_TEXT = "The organiser adds nothing to the terms that the platform enforces: see bounty competitions COMPETITION."


def client(address: str | None = None, token: str | None = None) -> "Client":
    """The client of the site that is meant, with the token that is kept for it, unless others are given."""
    from bounty_client.flows import Patience  # what speaks HTTP takes a while to load
    from bounty_client.sync import Client

    return Client(address, token=token, patience=Patience(attempts=4))  # somebody waits


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
            name = username or typer.prompt("Name", err=True)
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
    return str(typer.prompt("Password", hide_input=True, err=True))


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
        rules = bounty.competition(competition)["rules"]
        if accept is None:
            note(f"{rules['text'] or _NO_TEXT}\n")
            typer.confirm(f"Do you accept these rules (version {rules['version']})?", abort=True, err=True)
        made = bounty.join(competition, rules_version=accept or rules["version"], team_name=team)
    show(made, [f"You take part in {competition} as {made['name']}."], as_json=as_json)
