"""One job: an ONNX file, loaded and asked for one answer a row. The file is data, and hostile: what it does to the
runtime is done to this process alone, which is already confined."""

import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.sandbox.guest.answers import InvalidOutputError, Label, class_codes, places_of, reals_of
from scoring.sandbox.guest.features import Feed, Input, InvalidModelError, feeds_of, fixed_rows
from scoring.sandbox.protocol import Answer, Job, Work

# Every batch has so many rows, the last one filled up: a model never learns how many rows there are, and the last bits
# of a row's answer do not depend on how many came with it.
BATCH_ROWS: Final = 4096
MOST_FIXED_ROWS: Final = 1 << 16
RUNTIME: Final = "onnxruntime"
WHAT: Final = "the model"
NOT_HERE: Final = "/nowhere"  # where data outside the file would lie
SEVERITY_FATAL: Final = 4
PREFIX: Final = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")


Session = Any  # onnxruntime's, which the trusted side does not have
Output = NDArray[np.generic] | list[object]


def load_runtime() -> None:
    """Import onnxruntime: in the job, so that the waiting interpreter stays small and has one thread.

    Before the job says that it is ready, for where it cannot be imported the platform is at fault.
    """
    importlib.import_module(RUNTIME)


def answer_of_model(job: Job, model: bytes, frame: pd.DataFrame) -> Answer:
    """The first output of the model for each row: class codes, or real values.

    Raises InvalidModelError, InvalidOutputError, MemoryError.
    """
    session = _load(model)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if not outputs:
        raise InvalidModelError("the model has no outputs")
    name, size = outputs[0].name, _batch_size(inputs)
    outputs = [
        _rows_of(_run(session, name, batch), rows=rows, size=size)
        for batch, rows in _batches(feeds_of(inputs, frame), len(frame), size)
    ]
    return _answer(job, outputs, len(frame))


def _load(model: bytes) -> Session:
    """A session on this thread alone, of nothing but the file."""
    runtime = sys.modules[RUNTIME]
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # what is asked for is what the limit counts
    # no rewriting that depends on this machine's processor: what is judged is what another machine would serve
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.use_deterministic_compute = True
    options.log_severity_level = SEVERITY_FATAL
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", NOT_HERE)
    try:
        return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - the runtime has a class for every status, without a common base
        raise _failure(error) from None


def _run(session: Session, output: str, batch: dict[str, NDArray[np.generic]]) -> Any:
    try:
        return session.run([output], batch)[0]
    except Exception as error:  # noqa: BLE001 - as above
        raise _failure(error) from None


def _failure(error: Exception) -> Exception:
    """The runtime's exception as one of ours; it tells a lack of memory in its text only."""
    text = PREFIX.sub("", str(error))
    short = any(word in text for word in ("bad_alloc", "bad allocation", "Failed to allocate memory", "out of memory"))
    return MemoryError() if short or isinstance(error, MemoryError) else InvalidModelError(text)


def _batch_size(inputs: Sequence[Input]) -> int:
    fixed = fixed_rows(inputs)
    if fixed is None:
        return BATCH_ROWS
    if not 1 <= fixed <= MOST_FIXED_ROWS:
        raise InvalidModelError(f"the model takes exactly {fixed} rows at once; export it with a free number of rows")
    return fixed


def _batches(feeds: Sequence[Feed], n: int, size: int) -> Iterator[tuple[dict[str, NDArray[np.generic]], int]]:
    """Each batch by input, and how many of its rows are rows of the table; the rest repeats the last one."""
    for start in range(0, n, size):
        rows = min(size, n - start)
        batch = {feed.name: feed.values[start : start + rows] for feed in feeds}
        if rows < size:
            places = np.minimum(np.arange(size), rows - 1)
            batch = {name: values[places] for name, values in batch.items()}
        yield batch, rows


def _rows_of(output: object, *, rows: int, size: int) -> Output:
    """What the model returned for the first ``rows`` rows of a batch of ``size``."""
    if not isinstance(output, list) and (not isinstance(output, np.ndarray) or output.ndim == 0):
        raise InvalidOutputError(f"{WHAT} returned no tensor with one answer for each row")
    if len(output) != size:
        raise InvalidOutputError(f"{WHAT} returned {len(output)} values for a batch of {size} rows")
    return output[:rows]


def _answer(job: Job, outputs: Sequence[Output], n: int) -> Answer:
    """The outputs of all batches as one answer for each of ``n`` rows."""
    values, index = _joined(outputs, job.classes), pd.RangeIndex(n)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if job.work is Work.CLASSES:
        return class_codes(values, n, index, job.classes, WHAT)
    if values.dtype.kind not in "fiub":
        raise InvalidOutputError(f"{WHAT} returned text; a number is wanted for each row")
    return reals_of(values, n, index, WHAT)


def _joined(outputs: Sequence[Output], classes: Sequence[Label]) -> NDArray[np.generic]:
    if not outputs:
        return np.empty(0)
    if isinstance(outputs[0], list):  # a classifier's probabilities as many exporters write them: a map for each row
        return _scores([row for output in outputs for row in output], classes)
    try:
        return np.concatenate([np.asarray(output) for output in outputs])
    except ValueError as error:
        raise InvalidOutputError(f"{WHAT} returned arrays of different shapes") from error


def _scores(maps: list[object], classes: Sequence[Label]) -> NDArray[np.float64]:
    """A map from label to score for each row, as one column a class."""
    place = places_of(classes)
    scores = np.full((len(maps), len(classes)), -np.inf)
    for row, scored in enumerate(maps):
        if not isinstance(scored, dict) or not scored:
            raise InvalidOutputError(f"{WHAT} returned a sequence of something other than a map for each row")
        for label, score in scored.items():
            if label not in place:
                raise InvalidOutputError(f"{WHAT} scored {str(label)[:80]!r}, which is not one of the labels")
            scores[row, place[label]] = score
    return scores
