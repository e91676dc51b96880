"""What commands print: for people, or with ``--json`` one JSON document. Progress is for terminals, on stderr."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?(Z|\+00:00)")
# The site's own times, to the second; those of signed statements end in +00:00 and stay as they were signed.
_FRACTION: Final = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z"')
_NARROWEST: Final = 20  # signs that a table's last column keeps, however narrow the terminal


def show(document: object, lines: Sequence[str], *, as_json: bool) -> None:
    """The document, or the lines that say the same to people."""
    if as_json:
        print(_FRACTION.sub(r'"\1Z"', json.dumps(document, indent=1, ensure_ascii=False)))
    else:
        print(plain("\n".join(lines)))


def plain(text: str) -> str:
    """Without what could steer a terminal: titles and names are other people's."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)


def note(text: str) -> None:
    """A line for whoever watches: on stderr."""
    print(plain(text), file=sys.stderr)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lines whose columns stand under their heads; in a terminal the last column is cut to what fits."""
    texts = [list(heads), *([cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(heads))]
    if sys.stdout.isatty():
        left = max(_NARROWEST, shutil.get_terminal_size().columns - sum(widths[:-1]) - 2 * len(widths[:-1]))
        texts = [[*row[:-1], _cut(row[-1], left)] for row in texts]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in texts]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}\N{HORIZONTAL ELLIPSIS}"


def cell(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}" if value == 0 or abs(value) >= 0.001 else f"{value:.1e}"
    if moment := _MOMENT.fullmatch(str(value)):
        return f"{moment[1]} {moment[2]} UTC"
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
