"""Makes a small competition, its organiser and bots with tokens in a data folder; prints the tokens.

python -m tests.client.prepare FOLDER SUBMISSIONS_PER_DAY NAME...
"""

import json
import sys
from pathlib import Path

import django
import numpy as np

django.setup()

from django.core.management import call_command  # noqa: E402  the settings come first

from bounty.actions.import_bundle import import_bundle  # noqa: E402
from bounty.actions.issue_token import issue_token  # noqa: E402
from bounty.actions.publish_competition import publish_competition  # noqa: E402
from bounty.logins import PASSWORD  # noqa: E402
from bounty.models import User  # noqa: E402
from tests.bounty.bundles import routed_bundle  # noqa: E402

SCOPES = ("read", "submit", "organise")


def main(folder: Path, per_day: int, names: list[str]) -> dict[str, str]:
    """The token of olga, who organises, and of each of ``names``."""
    bundle = routed_bundle(folder / "bundle")
    bundle.manifest["rules"] |= {"submissions_per_day": per_day}
    bundle.manifest["columns"]["features"] = ["age", "income", "job", "sex"]
    for frame in bundle.frames.values():  # somebody whom the model fails
        failed = (frame["sex"] == "F") & (frame["age"] < 45)
        frame["system_a"] = np.where(failed, 1 - frame["defaulted"], frame["system_a"])
    for name in ("unit", "row_weight"):  # counts are judged fastest
        del bundle.manifest[name]
    call_command("migrate", verbosity=0)
    olga = User.objects.create_user("olga", "olga@example.org", PASSWORD)
    publish_competition(import_bundle(bundle.write(), organiser=olga), by=olga)
    people = [olga, *(User.objects.create_user(name, f"{name}@example.org") for name in names)]
    return {one.username: issue_token(one, name="test", scopes=SCOPES, expires_in_days=1)[1] for one in people}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])))
