"""Scoring all stored pairs from one pass over their masks, or from parts of it, says what scoring each alone says."""

import copy
import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings

from bounty import arrays, clock, evidence, recount
from bounty.models import Competition, HostedModelVersion, User
from submissions.actions.certify import certify
from submissions.actions.open_round import open_round
from submissions.actions.recount_part import digests, recount_part
from submissions.actions.relay import recover, relay
from submissions.actions.rescore import rescore
from submissions.actions.roll_back_version import roll_back_version
from submissions.actions.try_again import try_again
from submissions.leases import claim_part, claim_rescoring
from submissions.models import Merge, RescorePart, Submission, Verdict
from submissions.pairs import hidden_pair
from tests.submissions.conftest import Send

GROUP = "sex == 'Female' and age_band == '18-24'"
WEAK = "age_band == '65+' or region == 'North'"
HARMS = ("error", "false_negative_rate", "false_positive_rate", "selection_rate", "mean_loss")


@pytest.fixture(autouse=True)
def _own_scratch(settings: LazySettings, tmp_path: Path) -> None:
    """The file of masks of one test is not found by the next."""
    settings.DATA_DIR = tmp_path
    settings.STORAGES = copy.deepcopy(settings.STORAGES)


@pytest.fixture
def scored(judged: Send) -> list[Submission]:
    return [judged(text) for text in (GROUP, WEAK)]


@pytest.fixture
def merged(scored: list[Submission], competition: Competition, olga: User) -> Merge:
    """The newest merge of a round over them, after which the board is not scored yet."""
    certify(open_round(competition, by=olga).pk)
    return Merge.objects.latest("pk")


def head(competition: Competition) -> HostedModelVersion:
    return HostedModelVersion.objects.filter(competition=competition).latest()


def alone(submission: Submission, version: HostedModelVersion) -> evidence.Provisional:
    return evidence.provisional(submission.competition, version, hidden_pair(submission), seed=submission.seed)


def shown(submission: Submission, version: HostedModelVersion) -> evidence.Provisional:
    verdict = Verdict.objects.get(submission=submission, version=version)
    return evidence.Provisional(verdict.score or 0.0, verdict.passes_gate, verdict.numbers)


def check_board(scored: Sequence[Submission], competition: Competition) -> None:
    version = head(competition)
    assert [shown(each, version) for each in scored] == [alone(each, version) for each in scored]
    assert not Merge.objects.filter(rescored_at=None).exists()
    assert not RescorePart.objects.exists()


def expire(part: RescorePart) -> None:
    RescorePart.objects.filter(pk=part.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))


def test_every_harm_and_claim_gets_the_same_numbers(merged: Merge, scored: list[Submission]) -> None:
    competition = scored[0].competition
    for version in (merged.before, merged.after):
        for harm in HARMS:
            for repair, under in ((True, False), (True, True), (False, True)):
                competition.harm, competition.require_repair = harm, repair
                competition.require_underperformance = under
                counts = recount.count(competition, version, digests(scored))
                found = list(recount.figures(competition, version, counts))
                pairs = [(hidden_pair(each), each.seed) for each in scored]
                assert found == [evidence.provisional(competition, version, p, seed=s) for p, s in pairs]


def test_what_counts_do_not_tell_is_scored_by_itself(competition: Competition) -> None:
    assert recount.can_recount(competition)
    competition.harm = "calibration_gap"
    assert not recount.can_recount(competition)


def test_counts_of_parts_add_up_to_those_of_the_whole_whatever_became_of_the_file(
    merged: Merge, scored: list[Submission], tmp_path: Path
) -> None:
    competition, version = scored[0].competition, merged.after
    whole = recount.count(competition, version, digests(scored))
    for rows in (208, 1000, 4096):
        ends = [*range(0, recount.holdout_size(competition), rows), recount.holdout_size(competition)]
        parts = [slice(*part) for part in pairwise(ends)]
        assert np.array_equal(
            sum(recount.count(competition, version, digests(scored), rows=part) for part in parts), whole
        )
    (path,) = (tmp_path / "scratch").glob("pairs-*.keys")
    path.with_suffix("").write_bytes(b"something else")
    assert np.array_equal(recount.count(competition, version, digests(scored)), whole)


def test_blocks_that_are_smaller_than_the_file_count_the_same(
    merged: Merge, scored: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    competition, version = scored[0].competition, merged.after
    pairs = [digests(scored)[place] for place in (0, 1, 1, 0, 1)]
    whole = recount.count(competition, version, pairs)
    monkeypatch.setattr(recount, "BLOCK_BYTES", 1)
    assert np.array_equal(recount.count(competition, version, pairs), whole)
    assert recount.count(competition, version, []).shape == (0, 2, 4)


def test_a_holdout_that_is_not_too_large_is_scored_in_one_pass(
    merged: Merge, scored: list[Submission], competition: Competition, settings: LazySettings
) -> None:
    settings.RESCORE_PART_ROWS = recount.holdout_size(competition)
    rescore(merged.pk)
    check_board(scored, competition)


def test_a_large_holdout_is_scored_in_parts(
    merged: Merge, scored: list[Submission], competition: Competition, settings: LazySettings
) -> None:
    settings.RESCORE_PART_ROWS = 1001
    Merge.objects.exclude(pk=merged.pk).update(rescored_at=clock.now())
    rescore(merged.pk)
    parts = list(RescorePart.objects.all())
    assert relay() == len(parts)
    assert len(parts) == -(-recount.holdout_size(competition) // 1008)
    assert claim_rescoring(merged.pk) is None  # it waits for them
    for part in reversed(parts):
        recount_part(part.pk)
        recount_part(part.pk)  # a message that comes twice finds nothing to do
    assert relay() == 1
    merged.refresh_from_db()
    assert merged.attempts == 0  # cutting it up was no failed attempt
    rescore(merged.pk)
    check_board(scored, competition)


def test_a_part_that_a_dead_worker_held_is_counted_by_the_next_and_its_late_write_refused(
    merged: Merge, scored: list[Submission], competition: Competition, settings: LazySettings
) -> None:
    settings.RESCORE_PART_ROWS = 2000
    rescore(merged.pk)
    first, *others = RescorePart.objects.all()
    dead = claim_part(first.pk)
    assert dead is not None
    expire(first)
    for part in (first, *others):
        recount_part(part.pk)
    assert dead.rows().update(counts=b"") == 0
    rescore(merged.pk)
    check_board(scored, competition)


def test_a_part_that_fails_every_time_is_given_up_with_its_merge_and_may_be_tried_again(
    merged: Merge, scored: list[Submission], competition: Competition, olga: User, settings: LazySettings
) -> None:
    settings.RESCORE_PART_ROWS = 2000
    rescore(merged.pk)
    part = RescorePart.objects.first()
    assert part is not None
    for _ in range(settings.MAX_ATTEMPTS):
        assert claim_part(part.pk) is not None
        expire(part)
    recover()
    merged.refresh_from_db()
    assert merged.given_up_at is not None
    assert not RescorePart.objects.exists()
    settings.RESCORE_PART_ROWS = 10**6
    try_again(competition, by=olga)
    rescore(merged.pk)
    check_board(scored, competition)


def test_a_roll_back_waits_for_no_part_of_what_answers_no_more(
    merged: Merge, scored: list[Submission], competition: Competition, olga: User, settings: LazySettings
) -> None:
    settings.RESCORE_PART_ROWS = 2000
    rescore(merged.pk)
    held = claim_part(RescorePart.objects.earliest("pk").pk)
    assert held is not None
    assert claim_rescoring(merged.pk) is None
    roll_back_version(competition.versions.get(number=0), by=olga, reason="The group was drawn too wide.")
    assert held.rows().update(counts=b"") == 0  # the worker that was at it writes nothing
    rescore(merged.pk)
    assert set(RescorePart.objects.values_list("version", flat=True)) == {head(competition).pk}
    for part in RescorePart.objects.all():
        recount_part(part.pk)
    rescore(merged.pk)
    check_board(scored, competition)


def test_parts_of_a_version_that_was_overtaken_are_made_anew(
    merged: Merge, scored: list[Submission], competition: Competition, settings: LazySettings
) -> None:
    settings.RESCORE_PART_ROWS = 2000
    rescore(merged.pk)
    old = list(RescorePart.objects.values_list("pk", flat=True))
    for pk in old:
        recount_part(pk)
    answers = arrays.load(merged.before.hidden_answers)
    HostedModelVersion.objects.create(
        competition=competition,
        number=head(competition).number + 1,
        published_at=clock.now(),
        recipe=merged.after.recipe,
        nodes=merged.after.nodes,
        hidden_answers=arrays.save(answers),
        public_answers=merged.before.public_answers,
        holdout_report=merged.before.holdout_report,
    )
    rescore(merged.pk)
    new = list(RescorePart.objects.values_list("pk", flat=True))
    assert len(new) == len(old)
    assert not set(new) & set(old)
    for pk in new:
        recount_part(pk)
    rescore(merged.pk)
    check_board(scored, competition)
