"""One opening of the sealed split, at the close: all claims together, against the model as it was."""

import numpy as np
import pytest
from django.test import Client

from bounty import evidence
from bounty.errors import Refused
from bounty.models import Competition, HostedModelVersion, User
from scoring.closing import holm
from submissions.actions.certify import certify
from submissions.actions.close_competition import close_competition
from submissions.actions.open_round import open_round
from submissions.actions.relay import relay
from submissions.actions.settle import settle
from submissions.models import Candidate, Merge, Round, Settlement, Submission
from submissions.pairs import hidden_pair
from submissions.states import Status
from tests.submissions.certified import spend_all_accepts
from tests.submissions.conftest import Send

GROUPS = ("sex == 'Female' and age_band == '18-24'", "first_language == 'Spanish' and region == 'South'")


@pytest.fixture
def scored(judged: Send, competition: Competition) -> list[Submission]:
    """Submissions that passed the gate, in a competition of this rule."""
    Competition.objects.filter(pk=competition.pk).update(opening="close")
    competition.refresh_from_db()
    return [judged(text) for text in GROUPS]


def test_no_round_is_opened_before_the_close(
    scored: list[Submission], competition: Competition, olga: User, client: Client
) -> None:
    with pytest.raises(Refused, match="OPENED_AT_THE_CLOSE"):
        open_round(competition, by=olga)
    assert not Round.objects.exists()
    client.force_login(olga)
    assert "2 candidates, judged together" in client.get(f"/competitions/{competition.slug}/close/").content.decode()
    assert "once, at its close" in client.get(f"/competitions/{competition.slug}/rounds/").content.decode()
    close_competition(competition, by=olga)
    assert Round.objects.get().candidates.count() == len(GROUPS)


def test_the_close_certifies_by_holms_rule_what_beats_the_first_version(
    scored: list[Submission], competition: Competition, olga: User
) -> None:
    first = HostedModelVersion.objects.get(competition=competition)
    close_competition(competition, by=olga)
    certify(Round.objects.get().pk)
    tested = list(Candidate.objects.order_by("position").select_related("submission"))
    p_values = [
        evidence._sealed_p_value(competition, first, hidden_pair(c.submission), c.submission.seed) for c in tested
    ]
    assert [c.passed for c in tested] == holm(np.array(p_values), competition.delta).tolist()
    assert {c.version for c in tested} == {first}
    assert sorted(c.level for c in tested) == [0.025, 0.05]
    for candidate in tested:
        assert candidate.submission.status == (Status.MERGED if candidate.passed else Status.UNCERTIFIED)
    competition.refresh_from_db()
    assert (competition.sealed_tests, competition.ledger_spent) == (2, 0.0)
    assert Merge.objects.exists()


def test_a_worker_that_takes_over_finds_what_the_other_would_have(
    scored: list[Submission], competition: Competition, olga: User
) -> None:
    close_competition(competition, by=olga)
    opened = Round.objects.get()
    certify(opened.pk)
    expected = list(Candidate.objects.order_by("position").values_list("passed", "level"))
    last = Candidate.objects.order_by("position").last()
    assert last is not None
    Merge.objects.filter(submission=last.submission).delete()
    Candidate.objects.filter(pk=last.pk).update(passed=None, level=None)
    if last.passed:
        last.certificate.delete()
    Submission.objects.filter(pk=last.submission_id).update(status=Status.CANDIDATE)
    HostedModelVersion.objects.filter(competition=competition, merge=None, number__gt=0).delete()
    Round.objects.filter(pk=opened.pk).update(state=Round.State.CERTIFYING, lease_until=None)
    certify(opened.pk)
    assert list(Candidate.objects.order_by("position").values_list("passed", "level")) == expected


def test_the_sealed_numbers_wait_until_everything_is_tested(
    scored: list[Submission], competition: Competition, olga: User
) -> None:
    close_competition(competition, by=olga)
    relay()
    settle(Settlement.objects.get().pk)
    competition.refresh_from_db()
    settlement = Settlement.objects.get()
    assert (competition.state, settlement.finished_at, settlement.woken_at) == (Competition.State.CLOSING, None, None)
    certify(Round.objects.get().pk)
    settle(Settlement.objects.get().pk)
    competition.refresh_from_db()
    assert competition.state == Competition.State.CLOSED
    assert len(competition.close_report["tests"]) == len(GROUPS)


def test_a_competition_whose_accepts_are_used_up_closes_all_the_same(
    scored: list[Submission], competition: Competition, olga: User
) -> None:
    answering = spend_all_accepts(competition)
    close_competition(competition, by=olga)
    certify(Round.objects.get().pk)
    assert set(Candidate.objects.values_list("passed", "sent_back")) == {(None, "budget")}
    settle(Settlement.objects.get().pk)
    competition.refresh_from_db()
    assert (competition.state, competition.sealed_tests) == (Competition.State.CLOSED, 0)
    assert [row["number"] for row in competition.close_report["versions"]] == [answering.number]


def test_a_competition_without_candidates_closes_without_opening(competition: Competition, olga: User) -> None:
    Competition.objects.filter(pk=competition.pk).update(opening="close")
    close_competition(competition, by=olga)
    settle(Settlement.objects.get().pk)
    competition.refresh_from_db()
    assert (competition.state, Round.objects.count()) == (Competition.State.CLOSED, 0)
