"""Rounds, certificates, merges and the close, on pairs that were judged for real."""

from collections.abc import Callable

import pytest
from django.db.models import QuerySet

from bounty import arrays, clock, evidence
from bounty.errors import NotAllowed, Refused
from bounty.models import Competition, HostedModelVersion, Team, User
from scoring.decision_list import replay
from scoring.statements import digest
from submissions.actions.cancel import cancel
from submissions.actions.certify import certify
from submissions.actions.close_competition import close_competition
from submissions.actions.keep_webhook import add_webhook
from submissions.actions.merge import list_state, load_protected
from submissions.actions.open_round import open_round
from submissions.actions.relay import recover
from submissions.actions.rescore import rescore
from submissions.actions.settle import settle
from submissions.actions.withdraw import withdraw
from submissions.board import standings
from submissions.leases import claim_round
from submissions.models import Candidate, Certificate, Merge, Round, Settlement, Submission, Verdict
from submissions.pairs import hidden_pair
from submissions.states import Status
from tests.submissions.certified import spend_all_accepts
from tests.submissions.conftest import Send

GROUPS = ("sex == 'Female' and age_band == '18-24'", "first_language == 'Spanish' and region == 'South'")


@pytest.fixture
def scored(judged: Send) -> list[Submission]:
    """Submissions that passed the gate."""
    return [judged(text) for text in GROUPS]


@pytest.fixture
def certified(scored: list[Submission], competition: Competition, olga: User) -> Round:
    """A finished round over them."""
    opened = open_round(competition, by=olga)
    certify(opened.pk)
    opened.refresh_from_db()
    return opened


def merges() -> "QuerySet[Merge]":
    return Merge.objects.order_by("pk")


def test_a_round_takes_the_best_first_and_fixes_their_order(
    scored: list[Submission], competition: Competition, olga: User
) -> None:
    opened = open_round(competition, by=olga)
    scores = list(opened.candidates.order_by("position").values_list("provisional_score", flat=True))
    assert scores == sorted(scores, reverse=True)
    assert set(Submission.objects.filter(candidacies__round=opened).values_list("status", flat=True)) == {"candidate"}


def test_a_team_is_told_what_a_round_makes_of_its_submissions(
    scored: list[Submission], competition: Competition, team: Team, alice: User, olga: User
) -> None:
    listening = {"url": "https://hooks.example.org/", "events": ["submission.status"]}
    webhook, _ = add_webhook(competition, team, **listening, by=alice)
    certify(open_round(competition, by=olga).pk)
    told = [each.payload["data"] for each in webhook.deliveries.order_by("pk")]
    for submission in scored:
        submission.refresh_from_db()
        statuses = [data["status"] for data in told if data["submission"] == submission.pk]
        assert statuses == ["candidate", submission.status]
    assert "merged" in {data["status"] for data in told}


def test_a_second_round_waits_for_the_first(scored: list[Submission], competition: Competition, olga: User) -> None:
    open_round(competition, by=olga)
    with pytest.raises(Refused, match="ROUND_UNDER_WAY"):
        open_round(competition, by=olga)
    assert Round.objects.count() == 1


def test_a_round_without_candidates_is_refused(competition: Competition, olga: User) -> None:
    with pytest.raises(Refused, match="NO_CANDIDATES"):
        open_round(competition, by=olga)


def test_a_team_s_candidates_are_capped(scored: list[Submission], competition: Competition, olga: User) -> None:
    Competition.objects.filter(pk=competition.pk).update(candidates_per_round=1)
    assert open_round(competition, by=olga).candidates.count() == 1


def test_q_and_level_are_written_and_the_ledger_follows_the_rule(certified: Round, competition: Competition) -> None:
    spent = 0.0
    for t, candidate in enumerate(certified.candidates.order_by("position"), start=1):
        assert candidate.t == t
        assert candidate.spent_before == pytest.approx(spent)
        assert candidate.q is not None
        assert 0.02 <= candidate.q <= 0.98
        spent = candidate.spent_after or 0.0
    competition.refresh_from_db()
    assert (competition.sealed_tests, competition.ledger_spent) == (t, pytest.approx(spent))


def test_a_candidate_that_the_round_has_already_repaired_goes_back_untested(
    judged: Send, competition: Competition, olga: User, rivals: Team
) -> None:
    first = judged(GROUPS[0])
    second = judged(f"{GROUPS[0]} and income > 0", to=rivals, title="the same people, said otherwise")
    Submission.objects.filter(pk=second.pk).update(status=Status.SCORED, hidden_mask=first.hidden_mask)
    Submission.objects.filter(pk=second.pk).update(
        public_mask=first.public_mask, hidden_answers=first.hidden_answers, public_answers=first.public_answers
    )
    verdict = Verdict.objects.get(submission=first)
    Verdict.objects.filter(submission=second).delete()
    Verdict.objects.create(
        submission=second,
        attempt=1,
        version=verdict.version,
        outcome="scored",
        code="SCORED",
        score=0.0,
        passes_gate=True,
    )
    certify(open_round(competition, by=olga).pk)
    second.refresh_from_db()
    competition.refresh_from_db()
    assert (second.status, competition.sealed_tests) == (Status.SCORED, 1)
    assert second.candidacies.get().sent_back == "overtaken"


def test_a_round_that_no_worker_can_finish_is_abandoned_and_its_candidates_go_back(
    scored: list[Submission], competition: Competition, olga: User
) -> None:
    opened = open_round(competition, by=olga)
    for _ in range(3):
        assert claim_round(opened.pk) is not None
        Round.objects.filter(pk=opened.pk).update(lease_until=clock.later(-1))
        recover()
    opened.refresh_from_db()
    competition.refresh_from_db()
    assert (opened.state, competition.sealed_tests) == (Round.State.ABANDONED, 0)
    assert set(Submission.objects.values_list("status", flat=True)) == {Status.SCORED}
    certify(open_round(competition, by=olga).pk)
    assert merges().exists()


def test_what_theorem_mode_has_no_accepts_left_for_goes_back_untested(
    scored: list[Submission], competition: Competition, olga: User
) -> None:
    spend_all_accepts(competition)
    opened = open_round(competition, by=olga)
    certify(opened.pk)
    opened.refresh_from_db()
    competition.refresh_from_db()
    assert (opened.state, competition.sealed_tests) == (Round.State.FINISHED, 0)
    assert set(opened.candidates.values_list("sent_back", flat=True)) == {"budget"}
    assert set(Submission.objects.values_list("status", flat=True)) == {Status.SCORED}
    Competition.objects.update(epsilon=0.5)
    certify(open_round(competition, by=olga).pk)
    assert merges().exists()


def test_what_passed_is_certified_and_merged_and_what_did_not_is_not(certified: Round) -> None:
    assert certified.state == Round.State.FINISHED
    for candidate in certified.candidates.select_related("submission"):
        expected = Status.MERGED if candidate.passed else Status.UNCERTIFIED
        assert candidate.submission.status == expected
        assert Certificate.objects.filter(candidate=candidate).exists() == candidate.passed
    assert merges().exists()


def test_a_certificate_is_known_by_the_digest_of_its_body_and_tells_no_sealed_number(certified: Round) -> None:
    for certificate in Certificate.objects.all():
        assert certificate.digest == digest(certificate.body)
        assert certificate.sealed is None


def test_certifying_again_asks_nothing_more_of_the_sealed_split(certified: Round, competition: Competition) -> None:
    before = list(Candidate.objects.values_list("t", "passed", "spent_after"))
    certify(certified.pk)
    competition.refresh_from_db()
    assert list(Candidate.objects.values_list("t", "passed", "spent_after")) == before
    assert competition.sealed_tests == len(before)


def test_every_merge_makes_one_immutable_version(certified: Round, competition: Competition) -> None:
    numbers = [merge.after.number for merge in merges().select_related("after")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert HostedModelVersion.objects.filter(competition=competition).count() == len(numbers) + 1


def test_the_live_version_is_rebuilt_from_its_nodes(certified: Round, competition: Competition) -> None:
    protected = load_protected(competition)
    pairs = [(pair.mask, pair.answers) for pair in map(hidden_pair, protected.submissions)]
    rebuilt = replay(arrays.load(protected.versions[0].hidden_answers), pairs, list_state(protected).list)
    for version, answers in zip(protected.versions, rebuilt, strict=True):
        assert (arrays.load(version.hidden_answers) == answers).all()


def test_no_protected_group_gets_worse_on_guard(certified: Round, competition: Competition, olga: User) -> None:
    close_competition(competition, by=olga)
    settle(Settlement.objects.get().pk)
    competition.refresh_from_db()
    assert [group["never_worse"] for group in competition.close_report["protected"]] == [True] * merges().count()


def test_rescoring_gives_every_scored_pair_one_verdict_on_the_head(certified: Round, competition: Competition) -> None:
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    for _ in range(2):
        rescore(merges().latest("pk").pk)
    assert Verdict.objects.filter(version=head).count() == len(GROUPS)
    assert not merges().filter(rescored_at=None).exists()


def test_a_rescored_pair_has_the_numbers_that_judging_it_now_would_give(
    certified: Round, competition: Competition
) -> None:
    rescore(merges().latest("pk").pk)
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    for verdict in Verdict.objects.filter(version=head).select_related("submission"):
        fresh = evidence.provisional(competition, head, hidden_pair(verdict.submission), seed=verdict.submission.seed)
        assert verdict.numbers == fresh.numbers


def test_a_round_waits_until_the_board_is_current(certified: Round, competition: Competition, olga: User) -> None:
    with pytest.raises(Refused, match="RESCORING"):
        open_round(competition, by=olga)
    rescore(merges().latest("pk").pk)
    with pytest.raises(Refused, match="NO_CANDIDATES"):
        open_round(competition, by=olga)


def test_the_board_counts_what_is_certified(certified: Round, competition: Competition) -> None:
    (row,) = standings(competition)
    assert (row.rank, row.sent, row.scored, row.certified) == (1, 2, 2, merges().count())
    assert row.marginal_reward is None


def test_the_close_shows_the_sealed_numbers_and_nothing_did_before(
    certified: Round, competition: Competition, olga: User
) -> None:
    assert competition.close_report is None
    close_competition(competition, by=olga)
    settle(Settlement.objects.get().pk)
    competition.refresh_from_db()
    assert competition.state == Competition.State.CLOSED
    first, *_, last = competition.close_report["versions"]
    assert last["sealed"]["estimate"] < first["sealed"]["estimate"]
    assert all(certificate.sealed is not None for certificate in Certificate.objects.all())


def test_settling_twice_changes_nothing(certified: Round, competition: Competition, olga: User) -> None:
    close_competition(competition, by=olga)
    settle(Settlement.objects.get().pk)
    report = Competition.objects.get(pk=competition.pk).close_report
    settle(Settlement.objects.get().pk)
    assert Competition.objects.get(pk=competition.pk).close_report == report


def test_a_competition_does_not_close_in_the_middle_of_a_round(
    scored: list[Submission], competition: Competition, olga: User
) -> None:
    opened = open_round(competition, by=olga)
    with pytest.raises(Refused, match="ROUND_UNDER_WAY"):
        close_competition(competition, by=olga)
    certify(opened.pk)
    assert close_competition(competition, by=olga).state == Competition.State.CLOSING


@pytest.mark.parametrize("act", [open_round, close_competition])
def test_only_the_organiser_opens_rounds_and_closes(
    act: Callable[..., object], scored: list[Submission], competition: Competition, alice: User, olga: User
) -> None:
    with pytest.raises(NotAllowed, match="NOT_THE_ORGANISER"):
        act(competition, by=alice)
    act(competition, by=olga)


@pytest.mark.parametrize("act", [cancel, withdraw])
def test_only_the_team_takes_its_submission_back(
    act: Callable[..., object], send: Send, judged: Send, olga: User, alice: User
) -> None:
    submission = send(GROUPS[0]) if act is cancel else judged(GROUPS[0])
    with pytest.raises(NotAllowed, match="NOT_YOUR_TEAM"):
        act(submission, by=olga)
    act(submission, by=alice)
