"""Stored models of every usual kind are told apart by their bytes, as the programs that write them write them."""

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
import zlib

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from scoring.model_files import is_onnx, recognise
from tests.onnx_files import older_than

FITTED = LogisticRegression().fit([[0.0], [1.0]], [0, 1])


def joblib_file(compress: object) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(FITTED, buffer, compress=compress)
    return buffer.getvalue()


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, b"...")
    return buffer.getvalue()


def array_file() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    return buffer.getvalue()


PICKLES: dict[str, tuple[str, bytes]] = {
    **{f"pickle {p}": ("a pickle", pickle.dumps(FITTED, protocol=p)) for p in range(2, pickle.HIGHEST_PROTOCOL + 1)},
    "pickle 0": ("a pickle of an old protocol", pickle.dumps({"a": 1}, protocol=0)),
    "pickle 0 of an object": ("a pickle of an old protocol", pickle.dumps(FITTED, protocol=0)),
    "joblib": ("a pickle", joblib_file(0)),
    **{f"joblib {kind}": ("a compressed file, as joblib writes them", joblib_file((kind, 3)))
       for kind in ("zlib", "gzip", "bz2", "xz", "lzma")},
    "zlib": ("a compressed file, as joblib writes them", zlib.compress(pickle.dumps(FITTED))),
    "gzip": ("a compressed file, as joblib writes them", gzip.compress(pickle.dumps(FITTED))),
    "bzip2": ("a compressed file, as joblib writes them", bz2.compress(pickle.dumps(FITTED))),
    "xz": ("a compressed file, as joblib writes them", lzma.compress(pickle.dumps(FITTED))),
    "skops": ("a skops file", archive("schema.json", "139.npy")),
    "torch": ("a PyTorch file", archive("archive/data.pkl", "archive/version")),
    "zip": ("an archive", archive("model.onnx")),
    "empty zip": ("an archive", archive()),
}  # fmt: skip
OTHERS: dict[str, tuple[str, bytes]] = {
    "keras": ("a Keras archive", archive("metadata.json", "config.json", "model.weights.h5")),
    "hdf5": ("a Keras HDF5 file", b"\x89HDF\r\n\x1a\n" + bytes(100)),
    "pmml": ("a PMML document", b'<?xml version="1.0"?>\n<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">'),
    "lightgbm": ("a LightGBM model", b"tree\nversion=v4\nnum_class=1\n"),
    "xgboost json": ("an XGBoost model", b'{"learner":{"attributes":{},"feature_names":[]},"version":[2,1,0]}'),
    "xgboost ubjson": ("an XGBoost model", b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{L"),
    "catboost": ("a CatBoost model", b"CBM1\x00\x00"),
    "tflite": ("a TensorFlow Lite model", b"\x1c\x00\x00\x00TFL3\x14\x00"),
    "ort": ("an ONNX Runtime (.ort) file", b"\x28\x00\x00\x00ORTM\x00\x00"),
    "safetensors": ("a safetensors file", (2).to_bytes(8, "little") + b'{"a":1}'),
    "numpy": ("a NumPy array", array_file()),
}


@pytest.mark.parametrize("kind", PICKLES)
def test_what_would_run_when_opened_is_told_apart(kind: str) -> None:
    name, data = PICKLES[kind]
    found = recognise(data)
    assert found is not None
    assert (found.name, found.is_pickle) == (name, True)
    assert "never opened" in found.sentence


@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds_of_model_are_told_apart(kind: str) -> None:
    name, data = OTHERS[kind]
    found = recognise(data)
    assert found is not None
    assert (found.name, found.is_pickle) == (name, False)


@pytest.mark.parametrize("kind", PICKLES | OTHERS)
def test_each_sentence_says_what_to_send_and_none_is_taken_for_onnx(kind: str) -> None:
    data = (PICKLES | OTHERS)[kind][1]
    found = recognise(data)
    assert found is not None
    assert "ONNX" in found.sentence or "onnx" in found.sentence
    assert not is_onnx(data)


@pytest.mark.parametrize(
    "source",
    [
        b"def group(X):\n    return X['age'] > 1\n",
        b"x^y\n",
        b"# tree\n",
        b"(a, b) = 1, 2\n",
        b"import os\n",
        b"{}\n",
        b"",
    ],
)
def test_python_source_is_no_model(source: bytes) -> None:
    assert recognise(source) is None
    assert not is_onnx(source)


def test_onnx_is_known_by_its_build_and_nothing_short_or_longer_is() -> None:
    model = older_than(40)
    assert recognise(model) is None
    assert is_onnx(model)
    assert not is_onnx(model[:-1])
    assert not is_onnx(model + b"\x07")


def test_a_message_of_a_great_many_fields_is_not_read_to_its_end() -> None:
    model = older_than(40)
    assert is_onnx(model + b"\x28\x00" * 9_000)  # field 5, model_version
    assert not is_onnx(model + b"\x28\x00" * 10_000)
