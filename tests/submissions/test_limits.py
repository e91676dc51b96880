"""What a competition has lowered is what the box enforces, for groups and for patches."""

import pytest

from bounty.actions.edit_competition import edit_competition
from bounty.actions.join_competition import join_competition
from bounty.models import Competition, Team, User
from submissions.models import Verdict
from tests.submissions.conftest import Send

PLANTED = "sex == 'Female' and age_band == '18-24'"
LOW = {name: {"cpu_s": 1, "wall_s": 1, "memory_mib": 128} for name in ("group", "patch")}
HUNGRY = b"x = bytearray(300 << 20)\n"
SLOW = b"import time\ntime.sleep(1.5)\n"
GROUP = b"def group(X):\n    return (X['sex'] == 'Female') & (X['age_band'] == '18-24')\n"
PATCH = b"def fit(X, y):\n    return y.mode()[0]\ndef predict(model, X):\n    return [model] * len(X)\n"


@pytest.mark.sandbox
@pytest.mark.parametrize(("costly", "code"), [(HUNGRY, "MEMORY_LIMIT"), (SLOW, "TIMEOUT")])
@pytest.mark.parametrize("kind", ["group", "patch"])
def test_a_lowered_limit_is_the_one_that_holds(
    kind: str, costly: bytes, code: str, judged: Send, competition: Competition, team: Team, olga: User, alice: User
) -> None:
    asked = {"group_kind": "python", "group_source": costly + GROUP} if kind == "group" else {
        "predicate": PLANTED, "patch_kind": "python", "patch_source": costly + PATCH
    }  # fmt: skip
    first = judged(**asked)
    assert Verdict.objects.get(submission=first).owner == ""  # under the platform's own it is scored
    edit_competition(competition, by=olga, limits=LOW)
    join_competition(competition, user=alice)  # the rules are new
    assert Verdict.objects.get(submission=judged(**asked, title="again")).code == code
