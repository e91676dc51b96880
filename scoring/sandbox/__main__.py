"""Commands: try a corpus of attacks, or run one's own source as the server would.

python -m scoring.sandbox attack FILE.json
python -m scoring.sandbox run FILE.py --data DIR [--json]
"""

import argparse
import sys
from pathlib import Path

from scoring.sandbox.attack import Result, read_corpus, run_corpus
from scoring.sandbox.errors import BoxError


def main(arguments: list[str]) -> int:
    """The exit status: 0 all well, 1 something is wrong with what was run, 2 it could not be run."""
    options = _parser().parse_args(arguments)
    try:
        return attack(options.file)
    except (BoxError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.sandbox")
    commands = parser.add_subparsers(required=True)
    attacking = commands.add_parser("attack", help="run a corpus of bad submissions, with every after-check")
    attacking.add_argument("file", type=Path)
    return parser


def attack(path: Path) -> int:
    """Prints a row an attack: name, verdict, problems."""
    results = run_corpus(read_corpus(path), report=_print_row)
    wrong = sum(bool(result.problems) for result in results)
    print(f"{len(results)} attacks, {wrong} wrong")
    return 1 if wrong else 0


def _print_row(result: Result) -> None:
    print(f"{result.name:<32} {result.verdict:<20} {'; '.join(result.problems) or '-'}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
