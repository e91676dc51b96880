"""Uploaded files at the door: Python source and ONNX models as sent, if they can be what they should be."""

from bounty.errors import Invalid
from scoring.model_files import is_onnx, recognise
from scoring.sandbox.limits import MAX_MODEL_BYTES, MAX_SOURCE_BYTES


def check_source(source: bytes, *, field: str) -> bytes:
    """Python source as sent, if it can be one: text, of bounded size. Raises ``Invalid``."""
    if not source.strip():
        raise Invalid("SOURCE_EMPTY", "Send the Python source of the function.", field=field)
    if is_onnx(source):
        sentence = "This is an ONNX model. Send it as the model of a patch (patch_model), not as source."
        raise Invalid("SOURCE_IS_MODEL", sentence, field=field)
    _refuse_other_models(source, field=field)
    if len(source) > MAX_SOURCE_BYTES:
        raise _too_large("SOURCE_TOO_LARGE", "source", len(source), MAX_SOURCE_BYTES, field=field)
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid("SOURCE_NOT_TEXT", "The source is not UTF-8 text.", field=field) from error
    return source


def check_model(model: bytes, *, field: str) -> bytes:
    """An ONNX file as sent, if it is built as one; whether it runs is for the sandbox to say. Raises ``Invalid``."""
    if not model:
        raise Invalid("MODEL_EMPTY", "Send the ONNX file of the model.", field=field)
    if len(model) > MAX_MODEL_BYTES:
        raise _too_large("MODEL_TOO_LARGE", "model", len(model), MAX_MODEL_BYTES, field=field)
    _refuse_other_models(model, field=field)
    if not is_onnx(model):
        sentence = "The file is not an ONNX model. Export the model to ONNX, or send Python source as patch_source."
        raise Invalid("MODEL_NOT_ONNX", sentence, field=field)
    return model


def _refuse_other_models(data: bytes, *, field: str) -> None:
    found = recognise(data)
    if found is not None:
        code = "PICKLE_REFUSED" if found.is_pickle else "MODEL_FORMAT_REFUSED"
        raise Invalid(code, found.sentence, field=field)


def _too_large(code: str, what: str, size_bytes: int, limit_bytes: int, *, field: str) -> Invalid:
    sentence = f"The {what} has {size_bytes:,} bytes; at most {limit_bytes:,} are taken."
    return Invalid(code, sentence, field=field, size_bytes=size_bytes, limit_bytes=limit_bytes)
