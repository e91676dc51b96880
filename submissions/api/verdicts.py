"""Verdicts, certificates and merges as the API shows them."""

from rest_framework import serializers

from bounty.api.problems import DOCUMENTATION
from submissions.models import Certificate, Merge, Verdict


class VerdictSerializer(serializers.ModelSerializer[Verdict]):
    """An outcome against one version. Its numbers come from the holdout: provisional, they buy nothing."""

    version = serializers.IntegerField(source="version.number")
    fault = serializers.CharField(source="owner")
    numbers = serializers.DictField(help_text="By name; empty where nothing was scored.")
    passes_gate = serializers.BooleanField(help_text="Whether a round opened now may choose it.")
    documentation = serializers.SerializerMethodField()

    class Meta:
        model = Verdict
        fields = [
            *["outcome", "code", "fault", "sentence", "documentation", "version", "attempt", "judged_at"],
            *["score", "passes_gate", "numbers", "log"],
        ]

    def get_documentation(self, verdict: Verdict) -> str:
        return f"{DOCUMENTATION}#{verdict.code}"


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    version = serializers.IntegerField(source="version.number")
    sealed = serializers.DictField(allow_null=True, help_text="Exact sealed numbers, from the close on.")

    class Meta:
        model = Certificate
        fields = ["id", "digest", "issued_at", "version", "body", "sealed"]


class MergeSerializer(serializers.ModelSerializer[Merge]):
    before = serializers.IntegerField(source="before.number")
    after = serializers.IntegerField(source="after.number")

    class Meta:
        model = Merge
        fields = ["before", "after", "repairs", "merged_at", "rescored_at", "marginal_reward"]
