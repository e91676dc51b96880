"""What the submit page asks for, and the pages that change the model backwards."""

import uuid
from typing import Any, Final, TypeAlias

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from bounty.models import Competition
from scoring.sandbox.limits import MAX_MODEL_BYTES, MAX_SOURCE_BYTES
from submissions.intake.request import SubmitRequest, offered_patches
from submissions.models import Submission
from submissions.models.reversal import MAX_REASON

GroupKind = Submission.GroupKind
PatchKind = Submission.PatchKind

Upload: TypeAlias = "UploadedFile[Any] | None"
_CODE: Final = {"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class SubmitForm(forms.Form):
    """A group as a predicate or as Python; a patch in one of the forms that the competition takes."""

    group_kind = forms.ChoiceField(
        label="How you describe the group",
        choices=[(GroupKind.PREDICATE.value, "A predicate"), (GroupKind.PYTHON.value, "Python")],
        widget=forms.RadioSelect,
        initial=GroupKind.PREDICATE.value,
    )
    predicate = forms.CharField(
        label="Predicate",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs=_CODE | {"rows": 3}),
        help_text="Columns compared with values, joined by and, or, not and parentheses.",
    )
    group_source = forms.CharField(
        label="Python source of the group",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs=_CODE | {"rows": 10}),
        help_text="It must define group(X), which returns one true or false for each row of the frame X.",
    )
    group_file = forms.FileField(label="Or a .py file; it is taken instead of the text above", required=False)
    patch_kind = forms.ChoiceField()  # its choices are the competition's, set below
    patch_column = forms.ChoiceField(required=False)
    patch_source = forms.CharField(
        label="Python source of the patch",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs=_CODE | {"rows": 16}),
        help_text="It must define fit(X, y), which returns a model, and predict(model, X). Fitted on the public rows.",
    )
    patch_file = forms.FileField(label="Or a .py file; it is taken instead of the text above", required=False)
    patch_model = forms.FileField(
        label="ONNX file",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".onnx"}),
        help_text=(
            "At most 32 MiB. Inputs are named after columns, or there is one matrix of all number columns; the first "
            "output answers: labels, a score for each class, or real values."
        ),
    )
    title = forms.CharField(label="Title (optional)", required=False, max_length=120, help_text="To find it again.")
    note = forms.CharField(
        label="Note (optional)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For your team.",
    )
    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=80, required=False)

    def __init__(self, competition: Competition, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(PatchKind.choices)
        offered = [(kind, labels[kind]) for kind in offered_patches(competition)]
        self.fields["patch_kind"] = forms.ChoiceField(
            label="What answers on the group",
            choices=offered,
            widget=forms.RadioSelect,
            initial=PatchKind.PLATFORM.value,
        )
        candidates = [(name, name) for name in competition.candidate_columns]
        self.fields["patch_column"] = forms.ChoiceField(label="Candidate column", choices=candidates, required=False)
        self.fields["idempotency_key"].initial = _new_key  # a second click is the same submission

    def renew_key(self) -> None:
        """Make the form, sent again, another submission."""
        self.data = (
            {**self.data.dict(), "idempotency_key": _new_key()} if isinstance(self.data, QueryDict) else self.data
        )

    def clean_group_file(self) -> Upload:
        return self._small("group_file")

    def clean_patch_file(self) -> Upload:
        return self._small("patch_file")

    def clean_patch_model(self) -> Upload:
        return self._small("patch_model", limit_bytes=MAX_MODEL_BYTES, code="MODEL_TOO_LARGE")

    def _small(self, name: str, *, limit_bytes: int = MAX_SOURCE_BYTES, code: str = "SOURCE_TOO_LARGE") -> Upload:
        """Refused by its size alone: a large upload is never read."""
        file: Upload = self.cleaned_data[name]
        if file is not None and (file.size or 0) > limit_bytes:
            sentence = f"{code}: the file has {file.size:,} bytes; at most {limit_bytes:,} are taken."
            raise forms.ValidationError(sentence, code=code)
        return file

    def asked(self) -> SubmitRequest:
        """The request in the platform's terms; what belongs to a way that was not chosen is left out."""
        given = self.cleaned_data
        return SubmitRequest(
            group_kind=given["group_kind"],
            patch_kind=given["patch_kind"],
            predicate_text=given["predicate"] if given["group_kind"] == GroupKind.PREDICATE else "",
            group_source=self._source("group") if given["group_kind"] == GroupKind.PYTHON else b"",
            patch_column=given["patch_column"] if given["patch_kind"] == PatchKind.ROUTE else "",
            patch_source=self._source("patch") if given["patch_kind"] == PatchKind.PYTHON else b"",
            patch_model=self._model() if given["patch_kind"] == PatchKind.ONNX else b"",
            title=given["title"],
            note=given["note"],
        )

    def _source(self, part: str) -> bytes:
        file = self.cleaned_data[f"{part}_file"]
        if file is not None:
            content: bytes = file.read()
            return content
        text: str = self.cleaned_data[f"{part}_source"]
        return text.replace("\r\n", "\n").encode()

    def _model(self) -> bytes:
        file = self.cleaned_data["patch_model"]
        content: bytes = b"" if file is None else file.read()
        return content


class ReversalForm(forms.Form):
    """What is changed backwards, typed: nobody does it by a slip. And why, for everybody to read."""

    reason = forms.CharField(
        label="Why",
        max_length=MAX_REASON,
        help_text="Shown on the model's page, and kept in the audit record for good: no names, no data.",
    )
    typed = forms.CharField(max_length=60)

    def __init__(self, expected: str, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.expected = expected
        self.fields["typed"].label = f"Type “{expected}”, to be sure"
        self.fields["typed"].widget.attrs = {"autocomplete": "off", "autocapitalize": "none"}

    def clean_typed(self) -> str:
        given: str = self.cleaned_data["typed"]
        if given != self.expected:
            raise forms.ValidationError(f"This is not “{self.expected}”.")
        return given


def _new_key() -> str:
    return uuid.uuid4().hex
