"""Who may what: the table in the documentation is what every page and endpoint answers every kind of visitor."""

import difflib
import json
import os

from bounty.models import User
from tests.permissions.measure import Measuring, not_offered, signed_in
from tests.permissions.routes import routes
from tests.permissions.table import FILE, every_ask, measured, rows_of, written

HOW: str = "Add a row to tests/permissions/ (pages.py or endpoints.py), run `make permissions`, and read the diff."


def test_everyone_may_just_what_the_table_says(measuring: Measuring) -> None:
    found = measured(measuring)
    if os.environ.get("PERMISSIONS") == "write":
        FILE.write_text(written(found))
    documented = json.loads(FILE.read_text())
    changed = [line for line in difflib.ndiff(rows_of(documented), rows_of(found)) if line[0] in "+-"]
    assert changed == [], "Run `make permissions`, and read the diff.\n" + "\n".join(changed)


def test_every_route_has_a_row(db: None) -> None:
    without = sorted(set(routes()) - {ask.route for ask in every_ask()})
    assert without == [], f"These have no row in the table of permissions. {HOW}"


def test_every_method_has_a_row(olga: User) -> None:
    # The admin's views answer whatever is no POST as they answer GET.
    found = {name: route for name, route in routes().items() if not route.is_of_admin}
    without = not_offered(found, every_ask(), signed_in("olga", olga))
    assert without == [], f"These are answered, and have no row in the table of permissions. {HOW}"
