"""What an entrant's dry run must know of a competition, as a competition.yaml to download beside the public splits."""

from typing import Any, Final

import yaml

from bounty.models import Competition, DataColumn

NAME: Final = "competition"
FORM: Final = "yaml"
MEDIA_TYPE: Final = "application/yaml"
_HEAD: Final = "# Put this beside train and validation: python -m scoring.sandbox run FILE.py --data FOLDER\n"


def as_yaml(competition: Competition) -> bytes:
    """Task, columns by their parts, and the limits; everything in it is on the competition's pages too."""
    columns = list(competition.data_columns.order_by("position").values("name", "role", "kind"))
    features = [column["name"] for column in columns if column["role"] == DataColumn.Role.FEATURE]
    text = [column["name"] for column in columns if column["kind"] == DataColumn.Kind.TEXT]
    parts = {role: [column["name"] for column in columns if column["role"] == role] for role in ("id", "unit")}
    terms: dict[str, Any] = {
        "slug": competition.slug,
        "task": competition.task,
        "label": competition.label,
        **{part: names[0] for part, names in parts.items() if names},
        "columns": {"features": features, "text": text},
        "rules": {"version": competition.rules_version, "limits": competition.limits},
    }
    return (_HEAD + yaml.safe_dump(terms, sort_keys=False, allow_unicode=True)).encode()
