"""What cannot leave the house in the form asked for; each says what stands in the way."""

from scoring.errors import ScoringError


class ExportError(ScoringError):
    """A model that cannot be exported in the form asked for."""

    code = "EXPORT_REFUSED"


class PredictionsOnlyError(ExportError):
    """The initial model is a column of stored predictions: there is nothing that could answer a new row."""

    code = "EXPORT_PREDICTIONS_ONLY"


class SourceError(ExportError):
    """A group or a patch is Python source, which no ONNX file can hold."""

    code = "EXPORT_HOLDS_SOURCE"


class EstimatorError(ExportError):
    """An estimator that holds the rows it was trained on, or is not written out yet."""

    code = "EXPORT_ESTIMATOR"


class FreeTextError(ExportError):
    """A patch reads free text by words learnt from training rows."""

    code = "EXPORT_FREE_TEXT"


class PatchFileError(ExportError):
    """A patch's own ONNX file cannot be made a part of another."""

    code = "EXPORT_PATCH_FILE"
