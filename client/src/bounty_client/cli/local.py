"""What needs no site: running one's own code as the site would, and verifying what a site signed."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bounty_client.cli.account import client
from bounty_client.cli.endings import CannotRun, Ending
from bounty_client.cli.printing import AsJson, cell, note, show, waiting

if TYPE_CHECKING:
    from scoring.sandbox.public_files import PublicRows

_BOX_PYTHON = "BOUNTY_BOX_PYTHON"


def check(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Python source, or an ONNX model.")] = None,
    predicate: Annotated[str | None, typer.Option(help="Check a predicate instead of a file.")] = None,
    data: Annotated[Path, typer.Option(help="The folder that `bounty data` filled.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Run a group or a patch on the public rows in the sandbox, exactly as the site would; nothing is sent."""
    if (file is None) == (predicate is None):
        raise typer.BadParameter("Give a FILE, or --predicate TEXT.")
    from scoring.sandbox.public_files import read_public_rows  # numbers take a while to load

    try:
        public = read_public_rows(data)
    except (OSError, ValueError) as error:
        raise CannotRun(f"{error}. Download it: bounty data COMPETITION --to {data}") from error
    reports = _source(file.read_bytes(), public) if file is not None else _predicate(predicate or "", public)
    show(reports, [line for report in reports for line in _lines(report)], as_json=as_json)
    verdicts = {report["verdict"] for report in reports}
    if "SANDBOX_ERROR" in verdicts:
        raise typer.Exit(Ending.NOTHING_RUN)
    if verdicts != {"OK"}:
        raise typer.Exit(Ending.NO)


def _predicate(text: str, public: "PublicRows") -> list[dict[str, Any]]:
    from scoring.predicates import ColumnType, PredicateError, evaluate, parse
    from scoring.predicates import check as check_columns
    from scoring.tables import TextColumn

    kinds = {c.name: ColumnType.TEXT if isinstance(c, TextColumn) else ColumnType.NUMBER for c in public.table}
    report: dict[str, Any] = {"part": "group", "rows": public.table.n_rows, "picked": None, "message": ""}
    try:
        predicate = parse(text)
        check_columns(predicate, kinds)
    except PredicateError as error:
        where = f" (position {error.position})" if error.position is not None else ""
        return [report | {"verdict": error.code, "sentence": error.message + where}]
    picked = int(evaluate(predicate, public.table).sum())
    found = ("OK", "The predicate can be read.") if picked else ("EMPTY_GROUP", "The group picks no row.")
    return [report | {"verdict": found[0], "sentence": found[1], "picked": picked, "message": predicate.to_text()}]


def _source(source: bytes, public: "PublicRows") -> list[dict[str, Any]]:
    from scoring.sandbox import Box, BoxError
    from scoring.sandbox.dry_run import dry_run
    from scoring.sandbox.layers import allowed_layer

    _choose_interpreter()
    try:
        with waiting("in the sandbox"), Box.start(layer=allowed_layer()) as box:
            return [report.to_json() for report in dry_run(box, source, public)]
    except BoxError as error:
        raise CannotRun(f"The sandbox does not run here: {error}. Try: python -m scoring.sandbox probe") from error
    except (OSError, ValueError) as error:
        raise CannotRun(f"{error}.") from error


def _choose_interpreter() -> None:
    """Where the site's own environment for entrants' code is not at hand, this interpreter runs it."""
    from scoring.sandbox.installation import default_python

    if default_python().exists():
        return
    os.environ[_BOX_PYTHON] = sys.executable
    more = "" if importlib.util.find_spec("onnxruntime") else "; for ONNX models add bounty-client[onnx]"
    note(f"It runs on {sys.executable}, whose packages may be other versions than the site's{more}.")


def _lines(report: dict[str, Any]) -> list[str]:
    lines = [f"{report['part']}: {report['verdict']}. {report['sentence']}"]
    if report.get("message"):
        lines.append(
            f"  line {report['line']}: {report['message']}" if report.get("line") else f"  {report['message']}"
        )
    if report.get("picked") is not None:
        lines.append(f"  {report['picked']} of {report['rows']} rows")
    if report.get("log"):
        lines += ["  log:", *(f"    {line}" for line in str(report["log"]).splitlines())]
    return lines


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate as the site gives it.")],
    key: Annotated[
        str | None, typer.Option(help="The site's public keys: an address, or a file. Without, the site is asked.")
    ] = None,
    closing: Annotated[Path | None, typer.Option(help="Verify also the statement that closes it.")] = None,
    group: Annotated[Path | None, typer.Option(help="Check also that this is the certified group.")] = None,
    patch: Annotated[Path | None, typer.Option(help="Check also that this is the certified patch.")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify what a site signed: with a key in a file nothing is asked of anyone."""
    from scoring import statements

    try:
        keys = statements.read_keys(_keys(key))
    except statements.StatementError as error:
        raise CannotRun(error.sentence) from error
    try:
        document = file.read_bytes() if closing is None else _pair(file.read_bytes(), closing.read_bytes())
        found = statements.verify(document, keys)
        if group is not None:
            statements.check_group(found[0], group.read_bytes())
        if patch is not None:
            statements.check_patch(found[0], patch.read_bytes())
    except statements.StatementError as error:
        report = {"valid": False, "code": str(error.code), "sentence": error.sentence}
        show(report, [f"not valid: {error.sentence}", f"  {error.code}"], as_json=as_json)
        raise typer.Exit(Ending.NO) from error
    documents = [{"kind": one.kind, "digest": one.digest, "key": one.key, "content": one.content} for one in found]
    lines: list[str] = []
    for one in found:
        lines.append(f"valid: {one.kind} {one.digest}, signed by key {one.key}")
        lines += [
            f"  {name}: {_told(value)}" for name, value in one.content.items() if not isinstance(value, dict | list)
        ]
    show({"valid": True, "statements": documents}, lines, as_json=as_json)


def _told(value: object) -> object:
    return cell(value) if isinstance(value, str) else value  # numbers stay as they were signed


def _pair(certificate: bytes, closing: bytes) -> bytes:
    return b'{"certificate": ' + certificate + b', "closing": ' + closing + b"}"


def _keys(key: str | None) -> bytes:
    if key is not None and not key.startswith(("https://", "http://")):
        return Path(key).read_bytes()
    from bounty_client.calls import Call, keys

    if key is None:
        with client(token="") as bounty:
            return bounty.send(keys())
    with client(key, token="") as bounty:
        return bounty.send(Call("GET", key, read=lambda response: response.content))
