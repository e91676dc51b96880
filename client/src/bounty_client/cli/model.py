"""The hosted model: its versions, its answers, and taking it along."""

from typing import Annotated

import typer

from bounty_client.cli.account import client
from bounty_client.cli.printing import AsJson, show, table
from bounty_client.cli.reading import Slug

Number = Annotated[int | None, typer.Option("--version", help="A version's number; without, the newest.")]


def show_model(competition: Slug, version: Number = None, as_json: AsJson = False) -> None:
    """Show the versions of the hosted model, or one with its nodes and its error by group."""
    with client() as bounty:
        if version is None:
            listed = list(bounty.versions(competition))
            rows = [(one["number"], one["published_at"], one["nodes_count"], _loss(one["overall"])) for one in listed]
            show(listed, table(("version", "published", "nodes", "loss (provisional)"), rows), as_json=as_json)
            return
        one = bounty.version(competition, version)
    rows = [(group["name"], group["rows"], group["loss"]["estimate"]) for group in one["groups"]]
    head = f"version {one['number']}, {one['nodes_count']} nodes"
    show(one, [head, *table(("group", "holdout rows", "loss (provisional)"), rows)], as_json=as_json)


def _loss(overall: object) -> object:
    return overall["loss"]["estimate"] if isinstance(overall, dict) else None
