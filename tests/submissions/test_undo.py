"""Taking a merged patch out of the model, and rolling the model back."""

import json
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from django.test import Client

from bounty import arrays
from bounty.errors import Invalid, NotAllowed, Refused
from bounty.models import AuditEvent, Competition, HostedModelVersion, Team, User
from scoring.merge import ListState
from scoring.undo import build
from submissions.actions.close_competition import close_competition
from submissions.actions.keep_webhook import add_webhook
from submissions.actions.merge import accepts_made, engine_pair, list_state, load_protected, rules_of
from submissions.actions.replay import replay
from submissions.actions.rescore import rescore
from submissions.actions.roll_back_version import roll_back_version
from submissions.actions.settle import settle
from submissions.actions.withdraw import withdraw
from submissions.board import standings
from submissions.models import Certificate, Delivery, Merge, Reversal, Round, Settlement, Submission, Verdict
from submissions.states import Status
from tests.pages import words
from tests.submissions.certified import certify_one, on_guard

WHY = "The group was drawn too wide."


def head_of(competition: Competition) -> HostedModelVersion:
    return HostedModelVersion.objects.filter(competition=competition).latest()


def at(competition: Competition, number: int) -> HostedModelVersion:
    return HostedModelVersion.objects.get(competition=competition, number=number)


def from_zero(competition: Competition, submissions: list[Submission]) -> ListState:
    """The list that was never given anything else."""
    start = ListState.start(arrays.load(at(competition, 0).hidden_answers))
    return build(start, [engine_pair(each) for each in submissions], rules_of(competition))


def assert_is_built_of(competition: Competition, submissions: list[Submission]) -> None:
    live, never = list_state(load_protected(competition)), from_zero(competition, submissions)
    assert live.list == never.list
    assert [a.tolist() for a in live.version_answers] == [a.tolist() for a in never.version_answers]


@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_model_without_a_patch_is_the_model_that_never_had_it(
    place: int, merges: list[Merge], small_competition: Competition, alice: User
) -> None:
    submissions = [merge.submission for merge in merges]
    withdraw(submissions[place], by=alice, reason=WHY)
    assert_is_built_of(small_competition, [*submissions[:place], *submissions[place + 1 :]])
    assert all(not each.differs for each in replay(small_competition))


def test_the_only_patch_taken_out_leaves_the_organisers_model_to_merge_upon(
    merges: list[Merge], small_competition: Competition, small_team: Team, alice: User, olga: User
) -> None:
    roll_back_version(at(small_competition, 1), by=olga, reason=WHY)
    withdraw(merges[0].submission, by=alice, reason=WHY)
    assert_is_built_of(small_competition, [])
    new = [certify_one(small_team, np.random.default_rng(n), number=60 + n).submission for n in range(2)]
    assert_is_built_of(small_competition, new)
    assert all(not each.differs for each in replay(small_competition))


def test_whatever_is_taken_out_in_a_row_rolled_back_and_merged_the_model_is_that_of_what_is_left(
    merges: list[Merge], small_competition: Competition, small_team: Team, alice: User, olga: User
) -> None:
    left = [merge.submission for merge in merges]
    repaired = next(node["group"] for merge in merges for node in merge.repairs if node["group"])
    place = [each.pk for each in left].index(repaired)  # a later patch was repaired for the sake of this one's group
    withdraw(left.pop(place), by=alice, reason=WHY)
    withdraw(left.pop(0), by=olga, reason=WHY)
    assert_is_built_of(small_competition, left)
    kept = load_protected(small_competition).versions[2]
    withdraw(left.pop(), by=alice, reason=WHY)
    roll_back_version(kept, by=olga, reason=WHY)
    left = [*left[:2], certify_one(small_team, np.random.default_rng(1), number=70).submission]
    withdraw(left.pop(1), by=alice, reason=WHY)
    assert_is_built_of(small_competition, left)
    assert all(not each.differs for each in replay(small_competition))


def test_every_merge_after_it_is_made_anew_as_a_version_and_no_version_is_changed(
    merges: list[Merge], small_competition: Competition, olga: User
) -> None:
    before = {v.number: (v.nodes, v.hidden_answers) for v in small_competition.versions.all()}
    withdraw(merges[3].submission, by=olga, reason=WHY)
    versions = list(small_competition.versions.order_by("number"))
    assert [v.number for v in versions] == list(range(9))
    assert {v.number: (v.nodes, v.hidden_answers) for v in versions[:7]} == before
    assert [v.number for v in load_protected(small_competition).versions] == [0, 1, 2, 3, 7, 8]
    pointed = {node["version"] for node in versions[8].nodes if node["kind"] == "pointer"}
    assert pointed <= {0, 1, 2, 3, 7}


def test_no_protected_group_and_not_everyone_is_worse_on_guard_in_the_rebuilt_line(
    merges: list[Merge], small_competition: Competition, alice: User
) -> None:
    withdraw(merges[1].submission, by=alice, reason=WHY)
    protected = load_protected(small_competition)
    everyone = np.ones(len(arrays.load(protected.head.hidden_answers)), dtype=bool)
    overall = on_guard(small_competition, protected.versions, everyone)
    assert all(after <= before + 1e-9 for before, after in pairwise(overall))
    for place, mask in enumerate(list_state(protected).masks):
        by_version = on_guard(small_competition, protected.versions, mask)
        assert all(by_version[v] <= min(by_version[:v]) + 1e-9 for v in range(place + 1, len(by_version)))


def test_rolled_back_and_merged_again_is_as_if_it_had_never_gone_further(
    merges: list[Merge], small_competition: Competition, small_team: Team, olga: User
) -> None:
    made = roll_back_version(at(small_competition, 3), by=olga, reason=WHY)
    assert (made.after.number, made.after.nodes) == (7, at(small_competition, 3).nodes)
    assert made.left == [merge.submission_id for merge in merges[3:]]
    submissions = [merge.submission for merge in merges[:3]]
    assert_is_built_of(small_competition, submissions)
    again = [certify_one(small_team, np.random.default_rng(number), number=40 + number) for number in range(3)]
    submissions += [merge.submission for merge in again]
    assert_is_built_of(small_competition, submissions)
    assert head_of(small_competition).number == 10
    assert all(not each.differs for each in replay(small_competition))


def test_a_roll_back_may_reach_the_organisers_own_model_and_forward_again(
    merges: list[Merge], small_competition: Competition, olga: User
) -> None:
    roll_back_version(at(small_competition, 0), by=olga, reason=WHY)
    assert load_protected(small_competition).submissions == []
    assert set(Submission.objects.values_list("status", flat=True)) == {Status.ROLLED_BACK}
    back = roll_back_version(at(small_competition, 6), by=olga, reason="It was right after all.")
    assert back.returned == [merge.submission_id for merge in merges]
    assert_is_built_of(small_competition, [merge.submission for merge in merges])
    assert set(Submission.objects.values_list("status", flat=True)) == {Status.MERGED}
    assert all(not each.differs for each in replay(small_competition))


def test_a_withdrawal_after_a_roll_back_is_of_the_line_that_answers(
    merges: list[Merge], small_competition: Competition, small_team: Team, olga: User, alice: User
) -> None:
    roll_back_version(at(small_competition, 4), by=olga, reason=WHY)
    new = certify_one(small_team, np.random.default_rng(9), number=50).submission
    withdraw(merges[1].submission, by=alice, reason=WHY)
    submissions = [merge.submission for merge in merges]
    assert_is_built_of(small_competition, [submissions[0], *submissions[2:4], new])
    assert all(not each.differs for each in replay(small_competition))


def test_a_version_with_a_withdrawn_patch_does_not_come_back(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    withdraw(merges[3].submission, by=alice, reason=WHY)
    with pytest.raises(Refused, match="HOLDS_WITHDRAWN"):
        roll_back_version(at(small_competition, 4), by=olga, reason=WHY)
    assert roll_back_version(at(small_competition, 3), by=olga, reason=WHY).after.number == 9


def test_what_was_rolled_back_can_be_withdrawn_and_the_model_stays(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    roll_back_version(at(small_competition, 3), by=olga, reason=WHY)
    rolled_back = Submission.objects.get(pk=merges[5].submission_id)
    assert withdraw(rolled_back, by=alice).status == Status.WITHDRAWN
    assert head_of(small_competition).number == 7
    with pytest.raises(Refused, match="HOLDS_WITHDRAWN"):
        roll_back_version(at(small_competition, 6), by=olga, reason=WHY)


def test_the_ledger_and_the_certificates_stay(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    Competition.objects.update(sealed_tests=6, ledger_spent=1.5)
    kept = list(Certificate.objects.order_by("pk").values_list("digest", "version__number"))
    withdraw(merges[2].submission, by=alice, reason=WHY)
    roll_back_version(at(small_competition, 1), by=olga, reason=WHY)
    small_competition.refresh_from_db()
    assert (small_competition.sealed_tests, small_competition.ledger_spent) == (6, 1.5)
    assert list(Certificate.objects.order_by("pk").values_list("digest", "version__number")) == kept


def test_what_theorem_mode_accepted_counts_though_it_is_out_of_the_model_again(
    small_competition: Competition, small_team: Team, alice: User, olga: User
) -> None:
    Competition.objects.update(mode="theorem", epsilon=0.5)  # four accepts, repairs included
    small_team.refresh_from_db()
    made = [certify_one(small_team, np.random.default_rng(number), number=number) for number in range(3)]
    assert accepts_made(small_competition) == 3
    roll_back_version(at(small_competition, 2), by=olga, reason=WHY)
    assert accepts_made(small_competition) == 3  # a version that is published again asks nothing
    roll_back_version(at(small_competition, 3), by=olga, reason=WHY)
    with pytest.raises(Refused, match="REBUILD_OVER_BUDGET"):
        withdraw(made[0].submission, by=alice, reason=WHY)  # two merges once more: five in all
    assert withdraw(made[1].submission, by=alice, reason=WHY).status == Status.WITHDRAWN
    assert accepts_made(small_competition) == 4


def test_the_record_says_who_did_what_and_why(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    withdraw(merges[5].submission, by=alice, reason=WHY)
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.actor, event.subject) == ("withdraw", alice, f"submission:{merges[5].submission_id}")
    assert event.data["reason"] == WHY
    roll_back_version(at(small_competition, 2), by=olga, reason=WHY)
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.actor, event.data["restored"], event.data["after"]) == ("roll_back_version", olga, 2, 8)
    assert Reversal.objects.latest("pk").reason == WHY


def test_the_board_is_scored_again_and_counts_what_is_in_the_model(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    withdraw(merges[0].submission, by=alice, reason=WHY)
    assert Merge.objects.get(rescored_at=None) == merges[-1]
    rescore(merges[-1].pk)
    assert not Merge.objects.filter(rescored_at=None).exists()
    roll_back_version(at(small_competition, 0), by=olga, reason=WHY)
    rescore(merges[-1].pk)
    assert Verdict.objects.filter(version=head_of(small_competition)).count() == 5  # all but the withdrawn one
    (row,) = standings(small_competition)
    assert (row.certified, row.merged, row.taken_out, row.certified_gain) == (6, 0, 6, 0.0)


def test_a_worker_that_scores_the_board_meanwhile_begins_again(
    merges: list[Merge], small_competition: Competition, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Merge.objects.update(rescored_at=None)
    bulk_create, done = type(Verdict.objects.all()).bulk_create, []

    def overtaken(*args: object, **kwargs: object) -> object:
        if not done:
            done.append(True)  # first: a roll back writes rows of its own
            roll_back_version(at(small_competition, 2), by=olga, reason=WHY)
        return bulk_create(*args, **kwargs)

    monkeypatch.setattr(type(Verdict.objects.all()), "bulk_create", overtaken)
    rescore(merges[-1].pk)
    assert Verdict.objects.filter(version=head_of(small_competition)).count() == 6
    assert not Merge.objects.filter(rescored_at=None).exists()


def test_what_was_taken_out_earns_nothing_and_is_listed_as_what_became_of_it(
    merges: list[Merge], small_competition: Competition, small_team: Team, alice: User, olga: User
) -> None:
    roll_back_version(at(small_competition, 5), by=olga, reason=WHY)
    withdraw(merges[1].submission, by=alice, reason=WHY)
    close_competition(small_competition, by=olga)
    settle(Settlement.objects.get().pk)
    small_competition.refresh_from_db()
    report = small_competition.close_report
    rows = {row["submission"]: row for row in report["certificates"]}
    assert len(rows) == 6
    became = [rows[merge.submission_id]["taken_out"] for merge in merges]
    assert became == ["", "withdrawn", "", "", "", "rolled back"]
    assert [rows[merges[i].submission_id]["marginal_reward"] for i in (1, 5)] == [0.0, 0.0]
    assert {m.marginal_reward for m in Merge.objects.filter(submission__in=[merges[1].submission_id])} == {0.0}
    fall = report["versions"][0]["sealed"]["estimate"] - report["versions"][-1]["sealed"]["estimate"]
    for rule in ("marginal", "shapley"):
        earned = sum(row[f"{rule}_reward"] for row in rows.values())
        assert earned + report["rewards"][f"{rule}_repairs"] == pytest.approx(fall)
    assert [row["number"] for row in report["versions"]] == [
        v.number for v in load_protected(small_competition).versions
    ]
    (team,) = report["rewards"]["teams"]
    assert (team["certified"], team["shapley_error"]) == (6, 0.0)
    documents = [merge.certificate.closing_document for merge in Merge.objects.order_by("pk")]
    assert [json.loads(document)["statement"]["taken_out"] for document in documents] == became
    assert all(group["never_worse"] for group in report["protected"])
    page = words(Client().get(f"/competitions/{small_competition.slug}/"))
    assert f"{merges[1].submission_id}, withdrawn" in page
    assert f"{merges[5].submission_id}, rolled back" in page


def test_neither_is_done_while_a_round_is_under_way_nor_once_the_competition_closes(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    version, submission = at(small_competition, 2), merges[3].submission
    opened = Round.objects.create(competition=small_competition, number=99)
    for act in _acts(version, submission, olga, alice):
        with pytest.raises(Refused, match="ROUND_UNDER_WAY"):
            act()
    Round.objects.filter(pk=opened.pk).update(state=Round.State.FINISHED)
    for state in (Competition.State.CLOSING, Competition.State.CLOSED):
        Competition.objects.update(state=state)
        for act in _acts(version, submission, olga, alice):
            with pytest.raises(Refused, match="COMPETITION_CLOSED"):
                act()
    Competition.objects.update(state=Competition.State.OPEN)
    for act in _acts(version, submission, olga, alice)[::-1]:
        act()


def _acts(version: HostedModelVersion, submission: Submission, olga: User, alice: User) -> list[Callable[[], object]]:
    return [
        lambda: roll_back_version(version, by=olga, reason=WHY),
        lambda: withdraw(submission, by=alice, reason=WHY),
    ]


@pytest.mark.parametrize(("reason", "code"), [(" \n", "REASON_MISSING"), ("x" * 301, "REASON_TOO_LONG")])
def test_both_ask_for_a_reason_that_can_be_kept(
    reason: str, code: str, merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    with pytest.raises(Invalid, match=code):
        roll_back_version(at(small_competition, 2), by=olga, reason=reason)
    with pytest.raises(Invalid, match=code):
        withdraw(merges[3].submission, by=alice, reason=reason)
    assert withdraw(merges[3].submission, by=alice, reason="x" * 300).status == Status.WITHDRAWN


def test_a_roll_back_is_the_organisers_and_a_withdrawal_the_teams_or_the_organisers(
    merges: list[Merge], small_competition: Competition, alice: User, charlie: User, olga: User
) -> None:
    for who, code in ((alice, "NOT_THE_ORGANISER"), (charlie, "NOT_THE_ORGANISER")):
        with pytest.raises(NotAllowed, match=code):
            roll_back_version(at(small_competition, 4), by=who, reason=WHY)
    with pytest.raises(NotAllowed, match="NOT_YOUR_TEAM"):
        withdraw(merges[0].submission, by=charlie, reason=WHY)
    assert withdraw(merges[0].submission, by=olga, reason=WHY).status == Status.WITHDRAWN
    assert withdraw(merges[1].submission, by=alice, reason=WHY).status == Status.WITHDRAWN
    assert roll_back_version(at(small_competition, 0), by=olga, reason=WHY).left


def test_what_changes_nothing_is_refused(
    merges: list[Merge], small_competition: Competition, alice: User, olga: User
) -> None:
    with pytest.raises(Refused, match="NOTHING_TO_ROLL_BACK"):
        roll_back_version(at(small_competition, 6), by=olga, reason=WHY)
    stale = Submission.objects.get(pk=merges[0].submission_id)
    withdraw(merges[0].submission, by=alice, reason=WHY)
    with pytest.raises(Refused, match="NOT_IN_THE_MODEL"):
        withdraw(stale, by=alice, reason=WHY)


def test_a_team_is_told_what_leaves_the_model_and_what_comes_back(
    merges: list[Merge], small_competition: Competition, small_team: Team, alice: User, olga: User
) -> None:
    listening = {"url": "https://hooks.example.org/", "events": ["submission.status"]}
    add_webhook(small_competition, small_team, **listening, by=alice)
    *_, fifth, sixth = [merge.submission for merge in merges]
    roll_back_version(at(small_competition, 4), by=olga, reason=WHY)
    roll_back_version(at(small_competition, 6), by=olga, reason="It was right after all.")
    withdraw(sixth, by=alice, reason=WHY)
    told = [each.payload["data"] for each in Delivery.objects.order_by("pk")]
    assert [(data["submission"], data["status"]) for data in told] == [
        *[(fifth.pk, "rolled_back"), (sixth.pk, "rolled_back")],
        *[(fifth.pk, "merged"), (sixth.pk, "merged")],
        (sixth.pk, "withdrawn"),
    ]
