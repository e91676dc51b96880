"""The one request that submits: JSON, or multipart with sources as files."""

from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from scoring.sandbox.limits import MAX_MODEL_BYTES, MAX_SOURCE_BYTES
from submissions.intake.request import GroupKind, PatchKind, SubmitRequest

_PATCH_KINDS: Final = {
    "patch_column": PatchKind.ROUTE,
    "patch_source": PatchKind.PYTHON,
    "patch_model": PatchKind.ONNX,
}


@extend_schema_field({"type": "string"})
class SourceField(serializers.Field[bytes, Any, str, Any]):
    """Python source as text or as a file. Its content is judged by the intake; here it is only read, within bounds."""

    default_error_messages = {"invalid": "Send Python source as text, or as a file.", "surrogate": "Not Unicode text."}

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, UploadedFile):
            return bytes(data.read(MAX_SOURCE_BYTES + 1))
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return data.encode()
        except UnicodeEncodeError:
            self.fail("surrogate")

    def to_representation(self, value: bytes) -> str:
        return value.decode()


@extend_schema_field({"type": "string", "format": "binary"})
class ModelField(serializers.Field[bytes, Any, str, Any]):
    """A model as a file, read within bounds; JSON has no way to hold one."""

    default_error_messages = {"invalid": "Send the ONNX file as a part of multipart/form-data."}

    def to_internal_value(self, data: Any) -> bytes:
        if not isinstance(data, UploadedFile):
            self.fail("invalid")
        return bytes(data.read(MAX_MODEL_BYTES + 1))


class SubmitRequestSerializer(serializers.Serializer[SubmitRequest]):
    """A group as ``predicate`` or ``group_source``; a patch as ``patch_column``, ``patch_source``, ``patch_model``, or
    none of them: then the platform trains one."""

    title = serializers.CharField(max_length=120, default="", allow_blank=True)
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)
    predicate = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    group_source = SourceField(required=False)
    patch_column = serializers.CharField(required=False, max_length=100)
    patch_source = SourceField(required=False)
    patch_model = ModelField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "predicate" not in attrs and "group_source" not in attrs:
            raise ValidationError({"predicate": "Send a group: a predicate, or group_source."}, code="required")
        for names in (("predicate", "group_source"), tuple(_PATCH_KINDS)):
            sent = [name for name in names if name in attrs]
            if len(sent) > 1:
                raise ValidationError({sent[1]: f"Send either {sent[0]} or {sent[1]}."}, code="ambiguous")
        return attrs

    def to_request(self) -> SubmitRequest:
        """What was sent, with the kinds that follow from it."""
        given = self.validated_data
        return SubmitRequest(
            group_kind=GroupKind.PREDICATE if "predicate" in given else GroupKind.PYTHON,
            patch_kind=next((kind for name, kind in _PATCH_KINDS.items() if name in given), PatchKind.PLATFORM),
            predicate_text=given.get("predicate", ""),
            group_source=given.get("group_source", b""),
            patch_column=given.get("patch_column", ""),
            patch_source=given.get("patch_source", b""),
            patch_model=given.get("patch_model", b""),
            title=given["title"],
            note=given["note"],
        )


class JsonSubmitRequest(SubmitRequestSerializer):
    """A group as ``predicate`` or ``group_source``; a patch as ``patch_column`` or ``patch_source``, or neither: then
    the platform trains one. A model needs ``multipart/form-data``."""

    patch_model = None  # type: ignore[assignment]  # takes the field away
