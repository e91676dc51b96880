"""Commands: try a corpus of attacks or every system call, or run one's own source or model as the server would.

python -m scoring.sandbox attack FILE.json
python -m scoring.sandbox run FILE --data DIR [--json]
python -m scoring.sandbox probe [--json]
python -m scoring.sandbox sweep [--html]
python -m scoring.sandbox launcher --socket PATH --runtime runsc|crun|bwrap [--owner UID]

The exit status is 0 when all is well; 1 when something is wrong with what was run: an attack that achieved something, a
source that the server would refuse, a machine that can run none; 2 when nothing could be run, which says nothing of it.
"""

import argparse
import contextlib
import json
import signal
import sys
from pathlib import Path

from scoring.sandbox.attack import Result, read_corpus, run_corpus
from scoring.sandbox.container import Runtime
from scoring.sandbox.dry_run import Report, dry_run
from scoring.sandbox.errors import BoxError
from scoring.sandbox.host import Box
from scoring.sandbox.launcher import launch
from scoring.sandbox.layers import allowed_layer
from scoring.sandbox.public_files import read_public_rows
from scoring.sandbox.report import report
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
    running.add_argument("file", type=Path, help="Python source, or an ONNX model")
    running.add_argument("--data", type=Path, required=True, help="the folder with the public splits")
    running.add_argument("--json", action="store_true")
    running.set_defaults(command=run)
    probing = commands.add_parser("probe", help="say what this machine can do")
    probing.add_argument("--json", action="store_true")
    probing.set_defaults(command=show_machine)
    sweeping = commands.add_parser("sweep", help="try every system call from inside a box")
    sweeping.add_argument("--html", action="store_true", help="print the rows of the documentation's table")
    sweeping.set_defaults(command=sweep_calls)
    launching = commands.add_parser("launcher", help="start containers for workers, until ended by a signal")
    launching.add_argument("--socket", type=Path, required=True, help="where workers ask for one")
    launching.add_argument("--runtime", type=Runtime, choices=list(Runtime), required=True)
    launching.add_argument("--owner", type=int, help="the user id that may ask; without, the launcher's own")
    launching.set_defaults(command=start_containers)
    return parser


def attack(options: argparse.Namespace) -> int:
    """Prints a row an attack: name, verdict, problems."""
    results = run_corpus(read_corpus(options.file), report=_print_row, layer=allowed_layer())
    wrong = sum(bool(result.problems) for result in results)
    print(f"{len(results)} attacks, {wrong} wrong")
    return 1 if wrong else 0


def _print_row(result: Result) -> None:
    print(f"{result.name:<36} {result.verdict:<18} {'; '.join(result.problems) or '-'}", flush=True)


def run(options: argparse.Namespace) -> int:
    """Prints what the server would say of the source or the model."""
    public, source = read_public_rows(options.data), options.file.read_bytes()
    with Box.start(layer=allowed_layer()) as box:
        reports = dry_run(box, source, public)
    if options.json:
        print(json.dumps([report.to_json() for report in reports], indent=1))
    else:
        for report in reports:
            _print_report(report)
    verdicts = {report.verdict for report in reports}
    if SandboxVerdict.SANDBOX_ERROR in verdicts:
        return 2
    return 0 if verdicts == {SandboxVerdict.OK} else 1


def _print_report(report: Report) -> None:
    print(f"{report.part}: {report.verdict}. {report.sentence}")
    if report.message:
        print(f"  line {report.line}: {report.message}" if report.line else f"  {report.message}")
    if report.picked is not None:
        print(f"  {report.picked} of {report.rows} rows")
    if report.log:
        print("  log:", *report.log.splitlines(), sep="\n    ")


def show_machine(options: argparse.Namespace) -> int:
    """Prints each layer, why it does not work where it does not, and what to do about it."""
    found = report()
    print(json.dumps(found.to_json(), indent=1) if options.json else "\n".join(found.lines()))
    return 0 if found.ok else 1


def start_containers(options: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT, and leaves nothing behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        launch(options.socket, options.runtime, owner=options.owner)
    return 0


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
