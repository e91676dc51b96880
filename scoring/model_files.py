"""Tells files of stored models apart by how they begin and are built, without opening any of them.

Most ways of storing a fitted model run code when they are opened. Of all of them only ONNX is taken, for it is data;
for each of the others a person is told what it is and what to send instead.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 4096
MOST_FIELDS: Final = 10_000  # of an ONNX file's outermost message: a few, its functions and its notes
IR_VERSION, GRAPH = 1, 7  # their numbers in onnx.ModelProto
VARINT, FIXED64, SIZED, FIXED32 = 0, 1, 2, 5

COMPRESSIONS: Final = (  # gzip, bzip2, xz, lzma, lz4, zstandard, and joblib's own of old
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00", b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd", b"ZF0x",
)  # fmt: skip
SEND_SOURCE: Final = "send Python source whose fit(X, y) fits the model"


@dataclass(frozen=True)
class Format:
    """A kind of model file that is not taken; ``is_pickle`` where opening it runs what it holds."""

    name: str
    instead: str
    is_pickle: bool
    recognises: Callable[[bytes], bool]

    @property
    def sentence(self) -> str:
        """What it is, and what to send."""
        why = "never opened, for that would run what they hold" if self.is_pickle else "not taken"
        return f"This is {self.name}. Such files are {why}: {self.instead}."


def recognise(data: bytes) -> Format | None:
    """The kind of model file that ``data`` is, of those that are not taken; None for anything else, ONNX included.

    Example:
        >>> recognise(b"\\x80\\x04\\x95...").name
        'a pickle'
        >>> recognise(b"def fit(X, y): ...") is None
        True
    """
    return next((known for known in FORMATS if known.recognises(data)), None)


def is_onnx(data: bytes) -> bool:
    """Whether ``data`` is built as an ONNX file is: one protobuf message with a version and a graph. Reads no deeper.

    Example:
        >>> is_onnx(b"\\x08\\x09\\x3a\\x00"), is_onnx(b"\\x08\\x09"), is_onnx(b"def fit(X, y): ...")
        (True, False, False)
    """
    try:
        numbers = set(_fields(data))
    except (IndexError, ValueError):
        return False
    return {IR_VERSION, GRAPH} <= numbers


def _fields(data: bytes) -> Iterator[int]:
    """The numbers of the outermost fields. Raises ValueError or IndexError where the bytes are no such message."""
    place = 0
    for _ in range(MOST_FIELDS):
        if place == len(data):
            return
        tag, place = _varint(data, place)
        number, kind = tag >> 3, tag & 7
        if (number == IR_VERSION and kind != VARINT) or (number == GRAPH and kind != SIZED):
            raise ValueError("not the field that it should be")
        place = _skip(data, place, kind)
        yield number
    raise ValueError("more fields than are read")


def _skip(data: bytes, place: int, kind: int) -> int:
    """Where the field whose content begins at ``place`` ends."""
    if kind == VARINT:
        return _varint(data, place)[1]
    if kind == SIZED:
        size, place = _varint(data, place)
    elif kind in {FIXED64, FIXED32}:
        size = 8 if kind == FIXED64 else 4
    else:
        raise ValueError("no kind of field")
    if place + size > len(data):
        raise ValueError("longer than what is there")
    return place + size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, place
    raise ValueError("a number that does not end")


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _zip_with(*names: bytes) -> Callable[[bytes], bool]:
    """A zip archive that holds a file of one of these names: its list of them stands in the open."""
    return lambda data: data.startswith(b"PK\x03\x04") and any(name in data for name in names)


def _at_four(mark: bytes) -> Callable[[bytes], bool]:
    return lambda data: data[4:8] == mark


def _is_old_pickle(data: bytes) -> bool:
    return re.match(rb"c[\w.]+\n[\w.]+\n|\([dl]p\d*\n", data[:HEAD_BYTES]) is not None


def _is_compressed(data: bytes) -> bool:
    """joblib's compressions; zlib's first byte is a letter, so that text must not be taken for it."""
    zlib = data[:2] in {b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"} and not _is_text(data)
    return zlib or data.startswith(COMPRESSIONS)


def _is_text(data: bytes) -> bool:
    return b"\x00" not in data and _decodes(data)


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_pmml(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<PMML" in data[:HEAD_BYTES]


def _is_lightgbm(data: bytes) -> bool:
    return re.match(rb"tree\r?\nversion=", data) is not None


def _is_xgboost(data: bytes) -> bool:
    as_json, as_ubjson = rb'\s*\{\s*"(?:learner|version)"\s*:', rb"\{L.{8}learner"
    found = re.match(as_json + b"|" + as_ubjson, data[:HEAD_BYTES], re.DOTALL)
    return found is not None or data.startswith((b"binf", b"bs64"))


def _is_safetensors(data: bytes) -> bool:
    return data[8:10] == b'{"' and int.from_bytes(data[:8], "little") <= len(data) - 8


_SKLEARN: Final = f"convert the estimator with skl2onnx and send the ONNX file, or {SEND_SOURCE}"
FORMATS: Final = (
    Format("a PyTorch file", "export the model with torch.onnx.export and send the ONNX file", True,
           _zip_with(b"/data.pkl", b"constants.pkl")),
    Format("a skops file", _SKLEARN, True, _zip_with(b"schema.json")),
    Format("a Keras archive", "export the model with model.export(format='onnx') or tf2onnx", False,
           _zip_with(b"model.weights.h5")),
    Format("an archive", f"send the ONNX file itself, or {SEND_SOURCE}", True, _begins(b"PK\x03\x04", b"PK\x05\x06")),
    Format("a pickle", _SKLEARN, True, _begins(*(b"\x80" + bytes([protocol]) for protocol in range(2, 6)))),
    Format("a pickle of an old protocol", _SKLEARN, True, _is_old_pickle),
    Format("a compressed file, as joblib writes them", _SKLEARN, True, _is_compressed),
    Format("a Keras HDF5 file", "export the model with model.export(format='onnx') or tf2onnx and send the ONNX file",
           False, _begins(b"\x89HDF\r\n\x1a\n")),
    Format("a NumPy array", f"send an ONNX file, or {SEND_SOURCE}", False, _begins(b"\x93NUMPY")),
    Format("a PMML document", _SKLEARN, False, _is_pmml),
    Format("a LightGBM model", f"convert it with onnxmltools and send the ONNX file, or {SEND_SOURCE}", False,
           _is_lightgbm),
    Format("an XGBoost model", f"convert it with onnxmltools and send the ONNX file, or {SEND_SOURCE}", False,
           _is_xgboost),
    Format("a CatBoost model", "save it with format='onnx' and send that file", False, _begins(b"CBM1")),
    Format("a TensorFlow Lite model", "convert it with tf2onnx and send the ONNX file", False, _at_four(b"TFL3")),
    Format("an ONNX Runtime (.ort) file", "send the .onnx file that it was made from", False, _at_four(b"ORTM")),
    Format("a safetensors file", "export the whole model with torch.onnx.export and send the ONNX file", False,
           _is_safetensors),
)  # fmt: skip
