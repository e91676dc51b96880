"""Competing: previews, submissions, and waiting for what becomes of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bounty_client.cli.account import Slug, client
from bounty_client.cli.endings import Ending
from bounty_client.cli.printing import AsJson, cell, show, table, waiting
from bounty_client.cli.printing import note as tell

if TYPE_CHECKING:
    from bounty_client.answers import Interval, Progress, Submission, Verdict
    from bounty_client.calls import Pair
    from bounty_client.sync import Client

Seconds = Annotated[float, typer.Option(metavar="SECONDS", help="For how many seconds to wait.", min=0)]
Number = Annotated[int, typer.Argument(metavar="SUBMISSION", help="The submission's number.")]
WAIT_S = 900.0
_ENDED = ("refused", "cancelled", "withdrawn", "failed")


def preview(
    competition: Slug,
    predicate: Annotated[str, typer.Option(help="The group, as \"sex == 'Female' and age < 25\".")],
    as_json: AsJson = False,
) -> None:
    """Show what a predicate picks among the public rows, and how the hosted model does there."""
    with client() as bounty:
        found = bounty.preview(competition, predicate)
    harm = found["harm_name"].replace("_", " ")
    lines = [
        found["text"],
        f"{found['rows']} of {found['n']} public rows, weight {found['weight']:.4f}; version {found['version']}",
        f"loss {_interval(found['loss'])}; everyone else {_interval(found['rest_loss'])}",
        f"{harm} {_interval(found['harm'])}; everyone else {_interval(found['rest_harm'])}",
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
            tell(f"Sent as submission {sent['id']}; if you stop waiting, it goes on: bounty watch {sent['id']}")
            sent = _wait(bounty, sent["id"], timeout)
    _show(sent, as_json=as_json)


def _group(predicate: str | None, file: Path | None) -> "Pair":
    if predicate is not None and file is None:
        return {"predicate": predicate}
    if file is not None and predicate is None:
        return {"group_source": file.read_bytes().decode(errors="replace")}
    raise typer.BadParameter("Give the group as --predicate TEXT or as --group FILE.")


def _patch(file: Path | None, column: str | None) -> "Pair":
    if file is not None and column is not None:
        raise typer.BadParameter("Give the patch as --patch FILE or as --route COLUMN, not both.")
    if column is not None:
        return {"patch_column": column}
    if file is None:
        return {}
    content = file.read_bytes()
    return {"patch_source": content.decode(errors="replace")} if file.suffix == ".py" else {"patch_model": content}


def watch(
    submission: Number,
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
    rows = [
        (one["id"], one["sent_at"], one["status"], *_judged(one["verdict"]), one["title"] or one["group"]["text"])
        for one in found
    ]
    heads = ("number", "sent", "status", "verdict", "passes gate", "title")
    lines = table(heads, rows) if rows else [f"Nothing is {status or 'sent'}."]
    show(found, lines, as_json=as_json)


def _judged(verdict: "Verdict | None") -> tuple[str | None, bool | None]:
    return (None, None) if verdict is None else (verdict["code"], verdict["passes_gate"])


def withdraw(
    submission: Number,
    reason: Annotated[str, typer.Option(help="Why, shown to all: needed where the patch is merged.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a submission back: before a worker begins it costs nothing, later no round will choose it; a merged patch
    leaves the model."""
    with client() as bounty:
        cancels = "cancel" in bounty.submission(submission)["links"]
        seen = bounty.cancel(submission) if cancels else bounty.withdraw(submission, reason=reason)
    show(seen, [f"submission {submission}: {seen['status']}"], as_json=as_json)


def quota(competition: Slug, as_json: AsJson = False) -> None:
    """Show what your team may still send."""
    with client() as bounty:
        found = bounty.quota(competition)
    lines = [
        f"{found['left']} of {found['limit']} left today, until {cell(found['resets_at'])}",
        f"{found['in_flight']} of at most {found['in_flight_limit']} under way",
    ]
    if found["in_all_limit"] is not None:
        lines.append(f"{found['left_in_all']} of {found['in_all_limit']} left in all")
    show(found, lines, as_json=as_json)


def _wait(bounty: "Client", number: int, timeout_s: float) -> "Submission":
    from bounty_client.flows import Watch

    with waiting(f"submission {number}") as known:
        return bounty.wait_for_submission(
            number,
            watch=Watch(timeout_s=timeout_s, listens=timeout_s > 0),
            tell=lambda seen: known(_stands(seen)),
            hear=lambda event: known(_progress(event)),
        )


def _progress(event: "Progress") -> str:
    ahead = event.get("ahead")
    return event.get("status", "asking") + (f", {ahead} before it" if ahead else "")


def _stands(seen: "Submission") -> str:
    return f"{seen['status']}{f' ({reason})' if (reason := seen['waits_for']) else ''}"


def _show(seen: "Submission", *, as_json: bool) -> None:
    """Print it, and exit with no where a verdict says so."""
    verdict = seen["verdict"]
    lines = [f"submission {seen['id']}: {_stands(seen)}"]
    if verdict is not None:
        lines.append(f"{verdict['code']}: {verdict['sentence']}")
        if verdict["score"] is not None and seen["merge"] is None and seen["status"] not in _ENDED:
            gate = "passes the gate to a round" if verdict["passes_gate"] else "does not pass the gate to a round"
            lines.append(f"score {verdict['score']:+.5f} against version {verdict['version']} (provisional); it {gate}")
        if verdict["log"]:
            lines += ["log:", *(f"  {line}" for line in verdict["log"].splitlines())]
    if seen["certificate"] is not None:
        lines.append(f"certified against version {seen['certificate']['version']}: {seen['certificate']['digest']}")
    if seen["merge"] is not None:
        lines.append(f"merged: version {seen['merge']['before']} became {seen['merge']['after']}")
    show(seen, lines, as_json=as_json)
    if seen["status"] in _ENDED:
        raise typer.Exit(Ending.NO_ANSWER if seen["status"] == "failed" else Ending.NO)
