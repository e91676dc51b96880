"""Commands: try a corpus of attacks or every system call, or run one's own source as the server would.

python -m scoring.sandbox attack FILE.json
python -m scoring.sandbox run FILE.py --data DIR [--json]
python -m scoring.sandbox probe
python -m scoring.sandbox sweep [--html]
"""

import argparse
import json
import sys
from pathlib import Path

from scoring.sandbox.attack import Result, read_corpus, run_corpus
from scoring.sandbox.dry_run import Report, dry_run, read_public_rows
from scoring.sandbox.errors import BoxError
from scoring.sandbox.host import Box
from scoring.sandbox.layers import Layer
from scoring.sandbox.probe import probe
from scoring.sandbox.sweep import NAMES, NATIVE, X32, as_html, policy_on, strays, sweep
from scoring.sandbox.verdicts import SandboxVerdict


def main(arguments: list[str]) -> int:
    """The exit status: 0 all well, 1 something is wrong with what was run, 2 it could not be run."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.command(options)
    except (BoxError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.sandbox")
    commands = parser.add_subparsers(required=True)
    attacking = commands.add_parser("attack", help="run a corpus of bad submissions, with every after-check")
    attacking.add_argument("file", type=Path)
    attacking.set_defaults(command=attack)
    running = commands.add_parser("run", help="run a group or a patch on public rows, as the server would")
    running.add_argument("file", type=Path)
    running.add_argument("--data", type=Path, required=True, help="the folder with the public splits")
    running.add_argument("--json", action="store_true")
    running.set_defaults(command=run)
    probing = commands.add_parser("probe", help="say what this machine can do")
    probing.set_defaults(command=show_layers)
    sweeping = commands.add_parser("sweep", help="try every system call from inside a box")
    sweeping.add_argument("--html", action="store_true", help="print the rows of the documentation's table")
    sweeping.set_defaults(command=sweep_calls)
    return parser


def attack(options: argparse.Namespace) -> int:
    """Prints a row an attack: name, verdict, problems."""
    results = run_corpus(read_corpus(options.file), report=_print_row)
    wrong = sum(bool(result.problems) for result in results)
    print(f"{len(results)} attacks, {wrong} wrong")
    return 1 if wrong else 0


def _print_row(result: Result) -> None:
    print(f"{result.name:<36} {result.verdict:<18} {'; '.join(result.problems) or '-'}", flush=True)


def run(options: argparse.Namespace) -> int:
    """Prints what the server would say of the source."""
    public, source = read_public_rows(options.data), options.file.read_bytes()
    with Box.start() as box:
        reports = dry_run(box, source, public)
    if options.json:
        print(json.dumps([report.to_json() for report in reports], indent=1))
    else:
        for report in reports:
            _print_report(report)
    return 0 if all(report.verdict == SandboxVerdict.OK for report in reports) else 1


def _print_report(report: Report) -> None:
    print(f"{report.part}: {report.verdict}. {report.sentence}")
    if report.message:
        print(f"  line {report.line}: {report.message}" if report.line else f"  {report.message}")
    if report.picked is not None:
        print(f"  {report.picked} of {report.rows} rows")
    if report.log:
        print("  log:", *report.log.splitlines(), sep="\n    ")


def show_layers(_: argparse.Namespace) -> int:
    """Prints each layer, and why it does not work where it does not."""
    probes = [probe(layer) for layer in Layer]
    for found in probes:
        print(f"{found.layer}: {'works' if found.ok else '; '.join(found.reasons)}")
    return 0 if probes[0].ok else 1


def sweep_calls(options: argparse.Namespace) -> int:
    """Prints what happened to each call; 1 where that is not what the policy says."""
    with Box.start() as box:
        found = sweep(box, (*NATIVE, *X32))
    if options.html:
        print(as_html(found), end="")
    else:
        for number, answer in found.items():
            print(f"{number:>10} {NAMES.get(number, '-'):<24} {policy_on(number):<28} {answer}")
    wrong = list(strays(found))
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
