"""Finds, on this machine, what the interpreter of the box is made of: nothing else is bound into it."""

import functools
import json
import os
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scoring.sandbox.errors import BoxError

PROJECT: Final = Path(__file__).resolve().parents[2]
PT_INTERP: Final = 3
QUIET: Final = {"OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}

# Run by the box's own interpreter outside the box: loads every native module it has, and says which files that took.
SURVEY: Final = """
import ctypes, importlib, json, os, sys, sysconfig
stdlib = sysconfig.get_path("stdlib")
screens = ("_tkinter", "_curses", "_curses_panel", "readline")  # of no use where there is no screen
for name in sorted(sys.stdlib_module_names - set(screens)):
    if name.startswith("_") or name in ("zlib", "pyexpat", "unicodedata"):
        try: importlib.import_module(name)
        except Exception: pass
for name in ("numpy", "scipy.linalg", "scipy.stats", "pandas", "sklearn.ensemble", "onnxruntime"):
    try: importlib.import_module(name)
    except ImportError: pass
try: ctypes.CDLL("libgcc_s.so.1")  # loaded by the C library only when a thread ends
except OSError: pass
mapped = {line.split(None, 5)[5].strip() for line in open("/proc/self/maps") if len(line.split(None, 5)) == 6}
print(json.dumps({
    "base": sys.base_prefix, "executable": os.path.realpath(sys.executable), "stdlib": stdlib,
    "packages": sysconfig.get_path("purelib"), "version": "%d.%d" % sys.version_info[:2],
    "mapped": sorted(path for path in mapped if path.startswith("/") and ".so" in path),
}))
"""


@dataclass(frozen=True)
class Installation:
    """An interpreter, its standard library, its packages, and the shared libraries all these load."""

    executable: Path
    loader: Path  # the path the executable itself names; it must exist under that very name
    stdlib: Path
    stdlib_inside: str  # relative to the interpreter's prefix
    packages: Path
    libraries: tuple[tuple[str, Path], ...]  # a name and the file it stands for


def default_python() -> Path:
    """The interpreter that entrants' code runs on: BOUNTY_BOX_PYTHON, or that of the project's second environment."""
    return Path(os.environ.get("BOUNTY_BOX_PYTHON", PROJECT / ".venv-box/bin/python"))


@functools.cache
def survey(python: Path) -> Installation:
    """What ``python`` is made of. Takes seconds, once a process; raises BoxError with a plain sentence."""
    if not python.exists():
        raise BoxError(f"there is no interpreter for entrants' code at {python}; make install makes it")
    command = [str(python), "-I", "-c", SURVEY]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=QUIET)
    if done.returncode:
        raise BoxError(f"{python} does not run: {done.stderr.strip().splitlines()[-1:]}")
    found = json.loads(done.stdout)
    stdlib, packages = Path(found["stdlib"]).resolve(), Path(found["packages"]).resolve()
    executable = Path(found["executable"])
    covered = (str(stdlib) + "/", str(packages) + "/")
    loose = [Path(path) for path in found["mapped"] if not path.startswith(covered)]
    return Installation(
        executable=executable,
        loader=_loader(executable),
        stdlib=stdlib,
        stdlib_inside=os.path.relpath(found["stdlib"], found["base"]),
        packages=packages,
        libraries=tuple(sorted(item for file in loose for item in _names(file))),
    )


@functools.cache
def _links(folder: Path) -> dict[str, tuple[str, ...]]:
    """By file: the names of the links in ``folder`` that lead to it."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in os.scandir(folder):
        if entry.is_symlink() and ".so" in entry.name:
            target = os.path.realpath(entry.path)
            found[target] = (*found.get(target, ()), entry.name)
    return found


def _names(file: Path) -> list[tuple[str, Path]]:
    """The file under its own name and under those of the links beside it, by which the loader asks for it."""
    return [(name, file) for name in {file.name, *_links(file.parent).get(str(file), ())}]


def _loader(executable: Path) -> Path:
    """The dynamic loader that the executable names (PT_INTERP of a 64-bit little-endian ELF file)."""
    with executable.open("rb") as file:
        header = file.read(64)
        if header[:6] != b"\x7fELF\x02\x01":
            raise BoxError(f"{executable} is not a 64-bit program")
        (table,), (size, count) = struct.unpack_from("<Q", header, 32), struct.unpack_from("<HH", header, 54)
        for number in range(count):
            file.seek(table + number * size)
            kind, _, offset, _, _, length = struct.unpack("<IIQQQQ", file.read(40))
            if kind == PT_INTERP:
                file.seek(offset)
                return Path(os.fsdecode(file.read(length).rstrip(b"\0")))
    raise BoxError(f"{executable} names no dynamic loader")
