"""The hosted model: its versions, its answers, and taking it along."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bounty_client.cli.account import Slug, client
from bounty_client.cli.endings import CannotRun
from bounty_client.cli.printing import AsJson, show, table, transfer

if TYPE_CHECKING:
    from bounty_client.sync import Client

_TAKEN: Final = ("feature", "prediction")  # the columns that a version may be told
ROWS_AT_ONCE: Final = 1000  # what the site takes in one request
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
    groups = [(group["name"], group["rows"], group["loss"]["estimate"]) for group in one["groups"]]
    head = f"version {one['number']}, nodes: {one['nodes_count']}"
    show(one, [head, *table(("group", "holdout rows", "loss (provisional)"), groups)], as_json=as_json)


def _loss(overall: object) -> object:
    return overall["loss"]["estimate"] if isinstance(overall, dict) else None


class Form(StrEnum):
    """What a version is taken along as."""

    MODULE = "module"
    ONNX = "onnx"


def predict(
    competition: Slug,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The rows: CSV, Parquet, or JSON (a list of objects).")],
    version: Number = None,
    as_json: AsJson = False,
) -> None:
    """Ask a version of the hosted model about rows of yours; each answer says which node gave it. Rows that an
    entrant's Python or ONNX model answers are refused: export the version and ask the file, or ask an earlier one."""
    with client() as bounty:
        number = _number(bounty, competition, version)
        features = [one["name"] for one in bounty.columns(competition)["columns"] if one["role"] in _TAKEN]
        rows = _rows(file, features)
        found = [
            answer
            for begin in range(0, len(rows), ROWS_AT_ONCE)
            for answer in bounty.predict(competition, number, rows[begin : begin + ROWS_AT_ONCE])["predictions"]
        ]
    listed = [(place, a["prediction"], a["version"], a["node"], a["submission"]) for place, a in enumerate(found)]
    lines = table(("row", "answer", "of version", "node", "submission"), listed)
    show({"version": number, "predictions": found}, lines, as_json=as_json)


def _number(bounty: "Client", slug: str, version: int | None) -> int:
    return bounty.board(slug)["version"] if version is None else version


def _rows(file: Path, names: list[str]) -> list[dict[str, Any]]:
    """The columns that the model may be told, as JSON has them."""
    import pandas as pd  # it takes a while to load

    try:
        readers: dict[str, Callable[[Path], pd.DataFrame]] = {
            ".csv": pd.read_csv,
            ".parquet": pd.read_parquet,
            ".json": pd.read_json,
        }
        if file.suffix not in readers:
            raise CannotRun(f"{file} ends in none of {', '.join(readers)}.")
        frame = readers[file.suffix](file)
    except ValueError as error:
        raise CannotRun(f"{file} cannot be read: {error}.") from error
    told = frame[[name for name in names if name in frame]].astype(object)
    return [
        {str(name): value for name, value in row.items()} for row in told.where(told.notna(), None).to_dict("records")
    ]


def export(
    competition: Slug,
    form: Annotated[Form, typer.Option(help="A Python module with its parameters, or an ONNX model.")] = Form.ONNX,
    to: Annotated[Path | None, typer.Option(help="The file; without, one named after competition and version.")] = None,
    version: Number = None,
    as_json: AsJson = False,
) -> None:
    """Take a version of the hosted model along, as a file that needs no site."""
    with client() as bounty:
        number = _number(bounty, competition, version)
        ending = "onnx" if form is Form.ONNX else "py"
        file = to or Path(f"{competition}-{number}.{ending}")
        address = f"competitions/{competition}/versions/{number}/export?form={form}"
        with transfer(file.name) as tell:
            bounty.download(address, file, tell=tell)
    show({"file": str(file), "version": number, "form": str(form)}, [str(file)], as_json=as_json)
