"""Groups and patches as people say them."""

from scoring.predicates import Predicate
from submissions.models import Submission

GroupKind = Submission.GroupKind
PatchKind = Submission.PatchKind


def group_in_words(submission: Submission) -> str:
    """The rule that picks the group's rows."""
    if submission.group_kind == GroupKind.PREDICATE:
        return Predicate.from_json(submission.predicate).describe()
    return f"in the Python group of submission {submission.pk}"


def patch_in_words(submission: Submission) -> str:
    """What answers on the group."""
    if submission.patch_kind == PatchKind.ROUTE:
        return f"the candidate column {submission.patch_column}"
    if submission.patch_kind == PatchKind.PYTHON:
        return f"the model that submission {submission.pk} fits in Python"
    if submission.patch_kind == PatchKind.ONNX:
        return f"the ONNX model of submission {submission.pk}"
    name = (submission.patch_recipe or {}).get("name", "")
    return f"a model trained by the platform ({name})" if name else "a model trained by the platform"
