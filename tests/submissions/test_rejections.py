"""The platform's own patches where the organiser holds their false rejections within a bound."""

import pytest
from django.test import Client

from bounty.models import Competition, User
from scoring import rejections
from submissions.models import Submission
from tests.pages import read, signed_in
from tests.submissions.conftest import Send

GROUP = "home_ownership == 'Rent'"


@pytest.fixture
def bounded(competition: Competition, monkeypatch: pytest.MonkeyPatch) -> Competition:
    monkeypatch.setattr(rejections, "ITERATIONS", 2)  # what is told of them does not depend on how many there were
    competition.rejections_between, competition.rejections_within = "sex", 0.05
    competition.save(update_fields=["rejections_between", "rejections_within"])
    return competition


def test_the_page_says_that_a_patch_was_held_and_how_far_apart_the_rates_are(
    bounded: Competition, judged: Send, alice: User
) -> None:
    submission = judged(GROUP)
    told = submission.patch_recipe["evidence"]["rejections"]
    assert (told["column"], told["holds"], told["is_measured"]) == ("sex", True, True)
    page = read(signed_in(alice).get(f"/submissions/{submission.pk}/"))
    assert f"{100 * told['gap']:.1f}% apart under this patch" in page.text
    assert "within 5% between the groups of sex" in page.text
    assert [group["name"] for group in told["groups"]] == ["Female", "Male"]


def test_a_bound_that_no_patch_keeps_is_refused_with_the_figures(bounded: Competition, judged: Send) -> None:
    bounded.rejections_within = 1e-6
    bounded.save(update_fields=["rejections_within"])
    tight = judged(GROUP)
    assert tight.status == Submission.objects.get().status == "refused"
    verdict = tight.verdicts.get()
    assert verdict.code == "NO_PATCH_IN_BOUND"
    assert "points by sex, where 0.0001 are allowed" in verdict.sentence


def test_without_a_bound_nothing_is_held_or_shown(judged: Send, alice: User) -> None:
    submission = judged(GROUP)
    assert submission.patch_recipe["evidence"]["rejections"] is None
    assert "Held to a bound" not in read(signed_in(alice).get(f"/submissions/{submission.pk}/")).text


def test_the_rules_name_the_bound(bounded: Competition) -> None:
    page = read(Client().get(f"/competitions/{bounded.slug}/rules/"))
    assert "keep false-rejection rates within 5% between the groups of sex" in page.text
    rules = Client().get(f"/api/v1/competitions/{bounded.slug}").json()["rules"]
    assert (rules["rejections_between"], rules["rejections_within"]) == ("sex", 0.05)
