"""Take a version of the hosted model out of the house: as a Python module, or as an ONNX file.

Nothing fitted is stored: the initial model and the platform's patches are trained again from their recipes and the
public rows, and compared with what they answered then. What comes of it holds nothing about hidden rows.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import default_storage

from bounty import arrays, kept, public_data
from bounty.errors import BountyError, Fault, Invalid, Refused
from bounty.models import Competition, HostedModelVersion, User
from bounty.policies import can_organise, check_may_download
from scoring.decision_list import EVERYONE, Leaf, Node, Pointer
from scoring.errors import ScoringError
from scoring.export.errors import PredictionsOnlyError
from scoring.export.fitted import Fitted, described, patch_described
from scoring.export.listed import ExportedPair, ExportedVersion, Model, Source, module, onnx_file
from scoring.losses import Task
from scoring.predicates import Predicate, schema_of
from scoring.trainer import refit
from submissions.artifacts import read
from submissions.models import Submission
from submissions.patch_training import first_model, public_rows

WRITERS: Final = 2  # of the forms that are kept; a change of what is written makes the next
PatchKind, GroupKind = Submission.PatchKind, Submission.GroupKind
UPLOADED: Final = (PatchKind.PYTHON, PatchKind.ONNX)
FORMS: Final = {"module": ("py", "text/x-python; charset=utf-8"), "onnx": ("onnx", "application/octet-stream")}


@dataclass(frozen=True)
class Exported:
    """A file to hand out."""

    name: str
    media_type: str
    content: bytes


def export_version(user: User | AnonymousUser, version: HostedModelVersion, form: str) -> Exported:
    """The version as a file, for those who may have the public rows, which it can be made from.

    A version with files that teams have sent is the organiser's alone until the close: whoever could run them, or
    read them, could send them too.

    Raises:
        Invalid: for a form that does not exist.
        Refused: before the rules are accepted; while files of teams are in it; for what cannot take the form.
    """
    if form not in FORMS:
        raise Invalid("EXPORT_FORM_UNKNOWN", f"Ask for one of the forms {', '.join(FORMS)}.", field="form")
    competition = version.competition
    check_may_download(user, competition)
    lists = _lists(version)
    submissions = _submissions(lists)
    holds_files = any(sent.patch_kind in UPLOADED or sent.group_kind == GroupKind.PYTHON for sent in submissions)
    if holds_files and not competition.is_closed and not can_organise(user, competition):
        raise Refused("EXPORT_HOLDS_FILES", "This version holds files that teams have sent; it is yours at the close.")
    suffix, media_type = FORMS[form]
    # By what it is made of: a number may be given again, by a new database or after a draft was deleted.
    path = f"exports/{competition.pk}-{competition.bundle_sha256[:16]}/{version.sha256}-{WRITERS}.{suffix}"
    if not default_storage.exists(path):
        kept.keep(default_storage, path, _written(version, lists, submissions, form))
    with default_storage.open(path) as file:
        return Exported(f"{competition.slug}-version-{version.number}.{suffix}", media_type, file.read())


def _lists(version: HostedModelVersion) -> dict[int, list[dict[str, Any]]]:
    """The nodes of the version and of all that its pointers lead to."""
    stored = dict(version.competition.versions.values_list("number", "nodes"))
    found: dict[int, list[dict[str, Any]]] = {}
    waiting = [version.number]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found[number] = stored[number]
            waiting += [node["version"] for node in stored[number] if node["kind"] == "pointer"]
    return found


def _submissions(lists: dict[int, list[dict[str, Any]]]) -> list[Submission]:
    """The merged submissions that the lists name, oldest first."""
    named = {node[key] for nodes in lists.values() for node in nodes for key in ("group", "patch") if node.get(key)}
    return list(Submission.objects.filter(pk__in=named).order_by("pk"))


def _written(
    version: HostedModelVersion, lists: dict[int, list[dict[str, Any]]], submissions: list[Submission], form: str
) -> bytes:
    competition = version.competition
    place = {sent.pk: at for at, sent in enumerate(submissions)}
    try:
        exported = ExportedVersion(
            title=f"{competition.title}, version {version.number}",
            kinds={name: kind.value for name, kind in schema_of(public_data.load(competition).table).items()},
            labels=[] if competition.task in {Task.REGRESSION, Task.PROBABILITY} else competition.classes,
            initial=_initial(competition),
            pairs=[_pair(sent) for sent in submissions],
            lists={number: [_node(node, place) for node in nodes] for number, nodes in lists.items()},
            number=version.number,
        )
        return module(exported).encode() if form == "module" else onnx_file(exported)
    except ScoringError as error:
        raise Refused(error.code, str(error)) from error


def _node(stored: dict[str, Any], place: dict[int, int]) -> Node:
    group = EVERYONE if stored["group"] is None else place[stored["group"]]
    return Leaf(group, place[stored["patch"]]) if stored["kind"] == "leaf" else Pointer(group, stored["version"])


def _initial(competition: Competition) -> Fitted:
    """Version 0, trained again."""
    first = competition.versions.get(number=0)
    if first.recipe["kind"] == "predictions":
        column = first.recipe["column"]
        raise PredictionsOnlyError(f"The organiser's own model is the stored column {column}, not a recipe to export.")
    trained = first_model(competition.pk, competition.bundle_sha256)
    answers = trained.answers(public_data.load(competition).table)
    _check_same(answers, first.public_answers, "the organiser's own model")
    return described(trained)


def _pair(sent: Submission) -> ExportedPair:
    group: Predicate | Source
    if sent.group_kind == GroupKind.PREDICATE:
        group = Predicate.from_json(sent.predicate)
    else:
        assert sent.group_source is not None  # a Python group has its source
        group = Source(read(sent.group_source).decode())
    return ExportedPair(f"submission {sent.pk}", group, _patch(sent))


def _patch(sent: Submission) -> Fitted | Model | Source:
    if sent.patch_source is not None:
        file = read(sent.patch_source)
        return Model(file) if sent.patch_kind == PatchKind.ONNX else Source(file.decode(), seed=sent.seed)
    if sent.patch_recipe is None:
        raise PredictionsOnlyError(f"The patch of submission {sent.pk} is a stored column, not a model to export.")
    public = public_data.load(sent.competition)
    patch = refit(sent.patch_recipe["recipe"], public_rows(sent.competition), arrays.load(sent.public_mask))
    _check_same(patch.answers(public.table, public.candidates), sent.public_answers, f"the patch of {sent.pk}")
    return patch_described(patch)


def _check_same(answers: Any, stored: str, what: str) -> None:
    """Whatever is trained again answers as it did, or does not leave: another library may have come since."""
    if not (answers == arrays.load(stored)).all():
        sentence = f"Trained again, {what} answers differently than it did; it is not exported."
        raise BountyError("EXPORT_DIFFERS", sentence, fault=Fault.PLATFORM)
