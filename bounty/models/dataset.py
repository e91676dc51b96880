"""The data dictionary and the splits; hidden rows themselves lie in the vault."""

from django.db import models

from bounty.models.competition import Competition


class DataColumn(models.Model):
    """One column of the public data, described from public rows only."""

    class Role(models.TextChoices):
        FEATURE = "feature"
        LABEL = "label"
        ID = "id"
        UNIT = "unit"
        WEIGHT = "weight"
        PREDICTION = "prediction"
        OTHER = "other"

    class Kind(models.TextChoices):
        NUMBER = "number"
        TEXT = "text"

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="data_columns")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=10, choices=Role.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    demographic = models.BooleanField(default=False)
    description = models.CharField(max_length=300, blank=True)
    missing_share = models.FloatField(default=0.0)
    summary = models.JSONField(
        default=dict, help_text="Of public rows: histogram of numbers, most frequent values of text with counts."
    )

    class Meta:
        ordering = ["competition", "position"]
        constraints = [models.UniqueConstraint(fields=["competition", "name"], name="column_once_per_competition")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def features_of(cls, competition: Competition) -> tuple[str, ...]:
        """The names of the columns that entrants' code is given, in their order."""
        columns = cls.objects.filter(competition=competition, role=cls.Role.FEATURE).order_by("position")
        return tuple(columns.values_list("name", flat=True))


class DataSplit(models.Model):
    """One split of the competition's rows: public ones can be downloaded, hidden ones only counted."""

    class Name(models.TextChoices):
        TRAIN = "train"
        VALIDATION = "validation"
        HOLDOUT = "holdout"
        GUARD = "guard"
        SEALED = "sealed"

    PUBLIC = (Name.TRAIN, Name.VALIDATION)
    HIDDEN = (Name.HOLDOUT, Name.GUARD, Name.SEALED)  # the order of rows in the vault's pooled table

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="splits")
    name = models.CharField(max_length=12, choices=Name.choices)
    rows = models.PositiveIntegerField()
    units = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, help_text="Of the stored Parquet; if hidden, features then labels.")
    file = models.CharField(max_length=200, blank=True, help_text="Of a public split, in the default storage.")
    size_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["competition", "pk"]
        constraints = [models.UniqueConstraint(fields=["competition", "name"], name="split_once_per_competition")]

    def __str__(self) -> str:
        return f"{self.competition.slug}/{self.name}"

    @property
    def is_public(self) -> bool:
        return self.name in self.PUBLIC
