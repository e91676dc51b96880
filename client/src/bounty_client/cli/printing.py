"""What commands print: for people, or with ``--json`` one JSON document. Progress is for terminals, on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def show(document: object, lines: Sequence[str], *, as_json: bool) -> None:
    """The document, or the lines that say the same to people."""
    print(json.dumps(document, indent=1, ensure_ascii=False) if as_json else plain("\n".join(lines)))


def plain(text: str) -> str:
    """Without what could steer a terminal: titles and names are other people's."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)


def note(text: str) -> None:
    """A line for whoever watches: on stderr."""
    print(plain(text), file=sys.stderr)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lines whose columns stand under their heads."""
    texts = [list(heads), *([cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(heads))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in texts]


def cell(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}" if value == 0 or abs(value) >= 0.001 else f"{value:.1e}"
    return " ".join(str(value).split())


def pairs(document: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """One line a value, with its name."""
    width = max(map(len, names))
    return [f"{name.replace('_', ' '):<{width}}  {cell(document.get(name))}" for name in names]


@contextmanager
def transfer(what: str) -> Iterator[Callable[[int, int | None], object]]:
    """A bar for a file on its way."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console  # only where somebody looks
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


@contextmanager
def waiting(what: str) -> Iterator[Callable[[str], object]]:
    """A moving line for what takes its time; call it with what is known by now."""
    if not sys.stderr.isatty():
        yield lambda known: None
        return
    from rich.console import Console  # only where somebody looks

    console = Console(stderr=True)
    with console.status(what) as status:
        yield lambda known: status.update(f"{what}: {plain(known)}")
