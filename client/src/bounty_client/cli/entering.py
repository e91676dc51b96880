"""Competing: previews, submissions, and waiting for what becomes of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bounty_client.cli.account import client
from bounty_client.cli.endings import CannotRun, Ending
from bounty_client.cli.printing import AsJson, cell, show, table, waiting
from bounty_client.cli.reading import Slug

if TYPE_CHECKING:
    from bounty_client.answers import Interval, Progress, Submission
    from bounty_client.calls import Pair
    from bounty_client.sync import Client

Seconds = Annotated[float, typer.Option(help="For how many seconds to wait.", min=0)]
WAIT_S = 900.0


def preview(
    competition: Slug,
    predicate: Annotated[
        str, typer.Argument(metavar="PREDICATE", help="A predicate, as \"sex == 'Female' and age < 25\".")
    ],
    as_json: AsJson = False,
) -> None:
    """Show what a predicate picks among the public rows, and how the hosted model does there."""
    with client() as bounty:
        found = bounty.preview(competition, predicate)
    lines = [
        found["text"],
        f"{found['rows']} of {found['n']} public rows, weight {found['weight']:.4f}; version {found['version']}",
        f"loss {_interval(found['loss'])}; everyone else {_interval(found['rest_loss'])}",
        f"{found['harm_name']} {_interval(found['harm'])}; everyone else {_interval(found['rest_harm'])}",
    ]
    show(found, lines, as_json=as_json)


def _interval(value: "Interval") -> str:
    return f"{cell(value.get('estimate'))} ({cell(value.get('low'))} to {cell(value.get('high'))})"


def submit(
    competition: Slug,
    predicate: Annotated[str | None, typer.Option(help="The group as a predicate.")] = None,
    group: Annotated[Path | None, typer.Option(help="The group as a Python file that defines group(X).")] = None,
    patch: Annotated[Path | None, typer.Option(help="A Python file with fit and predict, or an ONNX model.")] = None,
    route: Annotated[str | None, typer.Option(help="The patch as a candidate column's answers.")] = None,
    title: Annotated[str, typer.Option(help="A title of yours.")] = "",
    note: Annotated[str, typer.Option(help="A note of yours.")] = "",
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same key is the same submission.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the verdict.")] = True,
    timeout: Seconds = WAIT_S,
    as_json: AsJson = False,
) -> None:
    """Send a group with a patch, or without: then the platform trains one. Waits for the verdict."""
    pair: Pair = {"title": title, "note": note, **_group(predicate, group), **_patch(patch, route)}
    with client() as bounty:
        sent = bounty.submit(competition, key=key, **pair)
        if wait:
            sent = _wait(bounty, sent["id"], timeout)
    _show(sent, as_json=as_json)


def _group(predicate: str | None, file: Path | None) -> "Pair":
    if predicate is not None and file is None:
        return {"predicate": predicate}
    if file is not None and predicate is None:
        return {"group_source": _read(file).decode(errors="replace")}
    raise typer.BadParameter("Give the group as --predicate TEXT or as --group FILE.")


def _patch(file: Path | None, column: str | None) -> "Pair":
    if file is not None and column is not None:
        raise typer.BadParameter("Give the patch as --patch FILE or as --route COLUMN, not both.")
    if column is not None:
        return {"patch_column": column}
    if file is None:
        return {}
    content = _read(file)
    return {"patch_source": content.decode(errors="replace")} if file.suffix == ".py" else {"patch_model": content}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CannotRun(f"{file} cannot be read: {error.strerror}.") from error


def watch(
    submission: Annotated[int, typer.Argument(metavar="SUBMISSION", help="The submission's number.")],
    timeout: Seconds = WAIT_S,
    as_json: AsJson = False,
) -> None:
    """Wait until there is nothing more to wait for, and show what became of a submission."""
    with client() as bounty:
        seen = _wait(bounty, submission, timeout)
    _show(seen, as_json=as_json)


def submissions(
    competition: Slug,
    status: Annotated[str | None, typer.Option(help="Only those in this status.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List your team's submissions, newest first."""
    with client() as bounty:
        found = [one for one, _ in zip(bounty.submissions(competition, status=status), range(limit), strict=False)]
    rows = [(one["id"], one["status"], _code(one["verdict"]), one["title"] or one["group"]["text"]) for one in found]
    lines = table(("number", "status", "verdict", "title"), rows) if rows else ["There is no such submission."]
    show(found, lines, as_json=as_json)


def _code(verdict: object) -> str | None:
    return str(verdict["code"]) if isinstance(verdict, dict) else None


def _wait(bounty: "Client", number: int, timeout_s: float) -> "Submission":
    from bounty_client.flows import Watch

    with waiting(f"submission {number}") as tell:
        return bounty.wait_for_submission(
            number,
            watch=Watch(timeout_s=timeout_s, listens=timeout_s > 0),
            tell=lambda seen: tell(_stands(seen)),
            hear=lambda event: tell(_progress(event)),
        )


def _progress(event: "Progress") -> str:
    ahead = event.get("ahead")
    return event.get("status", "") + (f", {ahead} before it" if ahead else "")


def _stands(seen: "Submission") -> str:
    return f"{seen['status']}{f' ({reason})' if (reason := seen['waits_for']) else ''}"


def _show(seen: "Submission", *, as_json: bool) -> None:
    """Print it, and exit with no where a verdict says so."""
    verdict = seen["verdict"]
    lines = [f"submission {seen['id']}: {_stands(seen)}"]
    if verdict is not None:
        lines.append(f"{verdict['code']}: {verdict['sentence']}")
        if verdict["score"] is not None and seen["merge"] is None:
            gate = "passes the gate to a round" if verdict["passes_gate"] else "does not pass the gate to a round"
            lines.append(f"score {verdict['score']:+.5f} against version {verdict['version']} (provisional); it {gate}")
        if verdict["log"]:
            lines += ["log:", *(f"  {line}" for line in verdict["log"].splitlines())]
    if seen["certificate"] is not None:
        lines.append(f"certified against version {seen['certificate']['version']}: {seen['certificate']['digest']}")
    if seen["merge"] is not None:
        lines.append(f"merged: version {seen['merge']['before']} became {seen['merge']['after']}")
    show(seen, lines, as_json=as_json)
    if seen["status"] in ("refused", "cancelled", "withdrawn", "failed"):
        raise typer.Exit(Ending.NO_ANSWER if seen["status"] == "failed" else Ending.NO)
