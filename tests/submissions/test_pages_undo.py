"""The pages of taking a patch out, of rolling the model back, and of looking at merges before they are made."""

import pytest
from django.test import Client
from django.urls import reverse

from bounty.models import AuditEvent, Competition, HostedModelVersion, User
from submissions.models import Merge, Reversal, Submission, Verdict
from submissions.states import Status
from tests.bounty.admin_pages import act
from tests.pages import read, signed_in, words

WHY = "The group was drawn too wide."


def at(competition: Competition, page: str = "") -> str:
    return f"/competitions/{competition.slug}/{page}"


def typed(what: str) -> dict[str, str]:
    return {"reason": WHY, "typed": what}


def test_rolling_back_says_first_what_it_means_and_asks_for_reason_and_number(
    merges: list[Merge], small_competition: Competition, olga: User
) -> None:
    page, client = at(small_competition, "model/4/roll-back/"), signed_in(olga)
    asked = client.get(page)
    assert (read(asked).count("h1"), read(asked).forbidden()) == (1, [])
    for merge in merges[4:]:
        assert f"Submission {merge.submission_id} of Alice's, “{merge.submission.title}”, leaves" in words(asked)
    assert "under the number 7" in words(asked)
    for wrong in ({"reason": WHY}, typed("version 3"), {"typed": "version 4"}, {"typed": "version 4", "reason": " "}):
        assert client.post(page, wrong).status_code == 422
    assert not Reversal.objects.exists()
    assert client.post(page, typed("version 4")).status_code == 302
    assert Reversal.objects.get().after.number == 7


def test_a_table_says_who_gains_and_who_loses_by_it_and_by_how_much(
    merges: list[Merge], small_competition: Competition, olga: User
) -> None:
    page = signed_in(olga).get(at(small_competition, "model/2/roll-back/"))
    everyone, *groups = page.context["changes"]
    head, target = small_competition.versions.latest(), small_competition.versions.get(number=2)
    assert (everyone.name, everyone.now) == ("everyone", head.holdout_report["overall"]["loss"])
    assert everyone.then == target.holdout_report["overall"]["loss"]
    assert [group.rise for group in groups] == sorted((group.rise for group in groups), reverse=True)
    leaving = {merge.submission.title for merge in merges[2:]}
    assert leaving & {group.name for group in groups}  # though the second version's own report knows none of them
    known = {group["name"]: group["loss"] for group in target.holdout_report["groups"]}
    assert all(group.then == known[group.name] for group in groups if group.name in known)
    assert f"{sum(group.rise > 0 for group in groups)} group" in words(page)
    for word, changed in (("worse", groups[0].rise > 0), ("better", groups[-1].rise < 0)):
        assert (f"points {word}" in words(page)) is changed


def test_what_cannot_be_rolled_back_to_is_told_on_the_page(
    merges: list[Merge], small_competition: Competition, olga: User
) -> None:
    answer = signed_in(olga).post(at(small_competition, "model/6/roll-back/"), typed("version 6"))
    assert (answer.status_code, "NOTHING_TO_ROLL_BACK" in words(answer)) == (409, True)
    assert signed_in(olga).get(at(small_competition, "model/99/roll-back/")).status_code == 404


def test_the_model_says_what_was_taken_out_and_why_and_marks_versions_that_left(
    merges: list[Merge], small_competition: Competition, client: Client, olga: User
) -> None:
    first = merges[2].submission
    signed_in(olga).post(reverse("submission-withdraw", args=[first.pk]), typed(f"submission {first.pk}"))
    signed_in(olga).post(at(small_competition, "model/8/roll-back/"), typed("version 8"))
    newest = client.get(at(small_competition, "model/"))
    assert "Rolled back to version 8, as version 10" in words(newest)
    assert f"Patch {first.pk} was withdrawn" in words(newest)
    assert words(newest).count(WHY) == 3  # each in the list, and the newest above the version that it made
    assert newest.context["live"] == {0, 1, 2, 7, 10}
    left = client.get(at(small_competition, "model/5/"))
    assert "no part of the model any more" in words(left)
    assert left.context["left_by"] == Reversal.objects.earliest("pk")
    assert client.get(at(small_competition, "model/9/")).context["left_by"] == Reversal.objects.latest("pk")
    assert "no part of the model any more" not in words(client.get(at(small_competition, "model/2/")))
    assert (read(left).count("h1"), read(left).forbidden()) == (1, [])
    for merge, is_out in ((merges[0], False), (merges[2], True)):
        certificate = words(client.get(reverse("certificate", args=[merge.certificate_id])))
        assert (f"Patch {first.pk} was withdrawn" in certificate) is is_out


def test_a_model_of_which_nothing_was_taken_out_says_nothing_of_it(
    merges: list[Merge], small_competition: Competition, client: Client
) -> None:
    assert "Taken out and rolled back" not in words(client.get(at(small_competition, "model/")))


def test_its_team_and_the_organiser_take_a_patch_out_on_its_page(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User, charlie: User
) -> None:
    for who, merge in ((alice, merges[0]), (olga, merges[3])):
        pk = merge.submission_id
        page = reverse("submission-withdraw", args=[pk])
        assert page in signed_in(who).get(reverse("submission", args=[pk])).content.decode()
        assert "merged once more" in words(signed_in(who).get(page))
        assert signed_in(charlie).post(page, typed(f"submission {pk}")).status_code == 404
        assert signed_in(who).post(page, {"reason": WHY, "typed": "submission"}).status_code == 422
        assert signed_in(who).post(page, typed(f"submission {pk}")).status_code == 302
        shown = signed_in(who).get(reverse("submission", args=[pk]))
        assert "It is no part of the model any more." in words(shown)
        assert WHY in words(shown)


def test_what_was_rolled_back_says_so_on_its_page_and_may_be_withdrawn_by_its_team_alone(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    signed_in(olga).post(at(small_competition, "model/3/roll-back/"), typed("version 3"))
    pk = merges[4].submission_id
    shown = signed_in(alice).get(reverse("submission", args=[pk]))
    assert "Certified, rolled back" in words(shown)
    assert "Rolled back to version 3" in words(shown)
    assert signed_in(olga).post(reverse("submission-withdraw", args=[pk])).status_code == 403
    assert signed_in(alice).post(reverse("submission-withdraw", args=[pk])).status_code == 302
    assert Submission.objects.get(pk=pk).status == Status.WITHDRAWN


def test_only_the_organiser_sees_the_ways_back_and_only_while_it_is_open(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    page, way = at(small_competition, "model/2/"), at(small_competition, "model/2/roll-back/")
    assert way in signed_in(olga).get(page).content.decode()
    assert way not in signed_in(alice).get(page).content.decode()
    assert signed_in(alice).get(way).status_code == 403
    assert (
        at(small_competition, "model/6/roll-back/")
        not in signed_in(olga).get(at(small_competition, "model/6/")).content.decode()
    )
    Competition.objects.update(state=Competition.State.CLOSED)
    assert way not in signed_in(olga).get(page).content.decode()


@pytest.fixture
def candidate(merges: list[Merge]) -> Submission:
    """The newest patch, as if it were not merged yet: the holdout is for it."""
    last = merges[-1]
    submission = last.submission
    Submission.objects.filter(pk=submission.pk).update(status=Status.SCORED)
    head = last.before
    Merge.objects.filter(pk=last.pk).delete()
    HostedModelVersion.objects.filter(pk=last.after_id).delete()
    Verdict.objects.create(
        submission=submission, attempt=1, version=head, outcome="scored", code="SCORED", score=0.1, passes_gate=True
    )
    return submission


def test_the_preview_shows_whom_a_candidate_would_leave_worse_off_and_is_the_organisers(
    candidate: Submission, small_competition: Competition, olga: User, alice: User
) -> None:
    page = signed_in(olga).get(at(small_competition, "merge-preview/"))
    (previewed,) = page.context["previews"]
    assert previewed.submission == candidate
    assert [group.name for group in previewed.groups] == ["everyone", *(f"Pair {i}" for i in range(6))]
    assert previewed.worse
    for group in previewed.worse:
        assert f"{group.name} worse" in words(page)
    for repair in previewed.repairs:
        assert repair in words(page)
    assert (read(page).count("h1"), read(page).forbidden()) == (1, [])
    assert signed_in(alice).get(at(small_competition, "merge-preview/")).status_code == 403


def test_a_preview_says_that_theorem_mode_has_no_accepts_left(
    candidate: Submission, small_competition: Competition, olga: User
) -> None:
    Competition.objects.update(mode="theorem", epsilon=1.0)
    page = signed_in(olga).get(at(small_competition, "merge-preview/"))
    assert "it takes more accepts than epsilon allows" in words(page)
    assert [each.submission for each in page.context["previews"]] == [candidate]


def test_a_preview_changes_nothing(candidate: Submission, small_competition: Competition, olga: User) -> None:
    before = (small_competition.versions.count(), AuditEvent.objects.count())
    signed_in(olga).get(at(small_competition, "merge-preview/"))
    assert (small_competition.versions.count(), AuditEvent.objects.count()) == before


def test_a_preview_without_candidates_says_when_there_are_some(
    merges: list[Merge], small_competition: Competition, olga: User
) -> None:
    assert "No candidate to preview" in words(signed_in(olga).get(at(small_competition, "merge-preview/")))


def test_the_admin_does_both_for_a_reason(merges: list[Merge], small_competition: Competition) -> None:
    staff = signed_in(User.objects.create_superuser("root", password="x" * 12))
    version = small_competition.versions.get(number=3)
    assert "answers as it did" in act(staff, "roll_back_version", version, reason=WHY)
    assert "out of the model" in act(staff, "withdraw_merged", merges[0], reason=WHY)
    assert [(each.kind, each.reason) for each in Reversal.objects.all()] == [("roll_back", WHY), ("withdrawal", WHY)]
    chosen = {"action": "roll_back_version", "_selected_action": [version.pk], "confirmed": "yes", "reason": ""}
    staff.post(reverse("admin:bounty_hostedmodelversion_changelist"), chosen)
    assert Reversal.objects.count() == 2


def test_the_documentation_says_what_happens_to_what_is_taken_out(client: Client) -> None:
    page = client.get("/docs/undo")
    assert (page.status_code, read(page).count("h1"), read(page).forbidden()) == (200, 1, [])
    assert "manage.py replay" in words(page)
