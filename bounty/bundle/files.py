"""The bytes of a bundle's files, read once each and never from outside its folder or through a link."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from bounty.bundle import document
from bounty.bundle.faults import BundleFault
from bounty.bundle.manifest import Splits

MAX_FILE_BYTES: Final = 512 * 1024 * 1024
SUFFIXES: Final = (".parquet", ".csv")


class Unreadable(Exception):
    """A file that is not taken, with the code and the sentence of its fault."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass
class SplitFiles:
    """The bytes of each split by its name, the files' names, and what could not be read."""

    data: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    faults: list[BundleFault] = field(default_factory=list)

    def refuse(self, name: str, code: str, sentence: str) -> None:
        self.faults.append(BundleFault(name, 0, "", code, sentence))


def read_file(folder: Path, name: str, *, limit: int = MAX_FILE_BYTES) -> bytes:
    """The bytes of a plain file under ``folder``.

    Raises:
        Unreadable: for an absolute name, one that climbs out, a link, a directory or device, or too large a file.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise Unreadable("FILE_OUTSIDE", "The file must lie inside the bundle's folder.")
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # One step at a time, never through a link, so that what is checked is what is read.
        for position, part in enumerate(parts):
            last = position == len(parts) - 1
            flags = os.O_RDONLY | os.O_NOFOLLOW | (os.O_NONBLOCK if last else os.O_DIRECTORY)
            inner = os.open(part, flags, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        return _read_all(descriptor, limit)
    except OSError as error:
        raise _why(error) from error
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, limit: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("FILE_NOT_PLAIN", "This is not a plain file.")
    if status.st_size > limit:
        raise Unreadable("FILE_TOO_LARGE", f"The file is larger than {limit // (1024 * 1024) or 1} MiB.")
    if status.st_size == 0:
        raise Unreadable("FILE_EMPTY", "The file is empty.")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(limit)


def _why(error: OSError) -> Unreadable:
    if error.errno == errno.ENOENT:
        return Unreadable("FILE_MISSING", "The file is missing.")
    if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:
        return Unreadable("FILE_LINK", "Links are not followed; put the file itself into the folder.")
    return Unreadable("FILE_UNREADABLE", f"The file cannot be read: {os.strerror(error.errno or 0)}.")


def read_splits(folder: Path, splits: Splits) -> SplitFiles:
    """The bytes of every split that competition.yaml names."""
    files = SplitFiles()
    for split, name in splits:
        if name is None:
            continue
        if name in files.names.values():
            files.refuse(name, "FILE_TWICE", f"The file is named for more than one split ({split} is one of them).")
            continue
        files.names[split] = name
        if not name.endswith(SUFFIXES):
            files.refuse(name, "FILE_TYPE", "A split is a .parquet or a .csv file.")
            continue
        try:
            files.data[split] = read_file(folder, name)
        except Unreadable as error:
            files.refuse(name, error.code, error.sentence)
    return files


def digest_of(manifest: bytes, files: SplitFiles) -> str:
    """One sha256 for the whole bundle: of the digests of competition.yaml and of each split, in order, with names."""
    lines = [f"{document.NAME} {hashlib.sha256(manifest).hexdigest()}"]
    lines += [f"{split} {hashlib.sha256(data).hexdigest()}" for split, data in files.data.items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
