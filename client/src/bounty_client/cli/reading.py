"""Reading: competitions, their public data, the board."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bounty_client.cli.account import Slug, client, slugs
from bounty_client.cli.printing import AsJson, pairs, show, table, transfer

if TYPE_CHECKING:
    from bounty_client.answers import Split
    from bounty_client.sync import Client

_TERMS = "competition.yaml"


class Form(StrEnum):
    """What a split is downloaded as."""

    PARQUET = "parquet"
    CSV = "csv"


def competitions(
    competition: Annotated[
        str | None,
        typer.Argument(metavar="COMPETITION", help="One of them, by its name in addresses.", autocompletion=slugs),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the competitions, or show one with its rules and its ledger."""
    with client() as bounty:
        if competition is None:
            found = list(bounty.competitions())
            rows = [(one["slug"], one["state"], one["task"], one["closes_at"], one["title"]) for one in found]
            show(found, table(("name", "state", "task", "closes", "title"), rows), as_json=as_json)
            return
        one = bounty.competition(competition)
    facts: dict[str, Any] = {
        **one,
        **{f"ledger_{name}": value for name, value in one["ledger"].items()},
        **one["rules"],
        "rules_version": one["rules"]["version"],
    }
    names = ["slug", "state", "organiser", "task", "label", "loss", "harm", "mode", "opens_at", "closes_at"]
    limits = ["min_group_rows", "max_group_weight", "submissions_per_day", "submissions_in_flight", "ledger_spent"]
    parts = [one["title"], one["summary"], "\n".join(pairs(facts, [*names, "rules_version", *limits]))]
    show(one, ["\n\n".join(part for part in (*parts, one["rules"]["text"]) if part)], as_json=as_json)


def data(
    competition: Slug,
    to: Annotated[Path | None, typer.Option(help="The folder; without, one of the competition's name.")] = None,
    form: Annotated[Form, typer.Option(help="Parquet is what the site itself reads.")] = Form.PARQUET,
    dictionary: Annotated[bool, typer.Option("--dictionary", help="Show the columns instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Download the public splits and competition.yaml; what was broken off is taken up, what is there is kept."""
    with client() as bounty:
        if dictionary:
            columns = bounty.columns(competition)["columns"]
            rows = [(c["name"], c["role"], c["kind"], c["demographic"], c["description"]) for c in columns]
            show(columns, table(("name", "role", "kind", "demographic", "description"), rows), as_json=as_json)
            return
        folder = to or Path(competition)
        public = [split for split in bounty.splits(competition)["splits"] if split["public"]]
        files = [_download(bounty, split, folder, form) for split in public]
        terms = bounty.download(f"competitions/{competition}/splits/{_TERMS}", folder / _TERMS)
    kept = [str(file) for file in (*files, terms)]
    show({"folder": str(folder), "files": kept}, kept, as_json=as_json)


def _download(bounty: "Client", split: "Split", folder: Path, form: Form) -> Path:
    name = f"{split['name']}.{form}"
    with transfer(name) as tell:
        digest = split["sha256"] if form is Form.PARQUET else None
        return bounty.download(split["downloads"][form], folder / name, sha256=digest, tell=tell)


def board(competition: Slug, as_json: AsJson = False) -> None:
    """Show the standings against the newest version. Gains are provisional."""
    with client() as bounty:
        found = bounty.board(competition)
    names = ("rank", "team", "certified", "certified_gain", "provisional_gain", "scored", "sent")
    rows = [[dict(row)[name] for name in names] for row in found["standings"]]
    head = f"{found['competition']}, {found['state']}, version {found['version']}"
    heads = ("rank", "team", "certified", "gain (provisional)", "open claim", "scored", "sent")
    show(found, [head, *(table(heads, rows) if rows else ["Nobody has sent anything yet."])], as_json=as_json)


def certificates(
    competition: Slug,
    to: Annotated[
        Path | None, typer.Option(help="Keep the signed statements and the site's keys in this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List a competition's certificates, or keep them, to be verified anywhere: bounty verify FILE --key keys.json."""
    with client() as bounty:
        found = list(bounty.certificates(competition))
        if to is not None:
            keys = bounty.keys()
            to.mkdir(parents=True, exist_ok=True)
            (to / "keys.json").write_bytes(keys)
            for one in found:
                (to / f"certificate-{one['id']}.json").write_bytes(bounty.certificate(one["id"]))
                if one["closing_url"] is not None:
                    closing = to / f"certificate-{one['id']}-closing.json"
                    closing.write_bytes(bounty.closing_statement(one["id"]))
    rows = [(one["id"], one["submission"], one["version"], one["digest"][:16], one["issued_at"]) for one in found]
    lines = (
        table(("number", "submission", "version", "digest", "issued"), rows) if rows else ["Nothing is certified yet."]
    )
    show(found, lines, as_json=as_json)
