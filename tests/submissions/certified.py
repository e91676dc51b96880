"""Certified pairs by the dozen: drawn at random on a small bundle, and merged as if rounds had found them true."""

from collections.abc import Sequence

import numpy as np
from django.db import transaction

from bounty import arrays, evidence
from bounty.models import Competition, HostedModelVersion, Team
from scoring.predicates import parse
from submissions.actions.issue_certificate import issue_certificate
from submissions.actions.merge import merge
from submissions.models import Candidate, Merge, Round, Submission, Verdict
from submissions.states import Status


def certify_at_random(team: Team, count: int, *, seed: int = 3) -> list[Merge]:
    """So many pairs of the team, some of which hurt a group of another, and are repaired."""
    rng = np.random.default_rng(seed)
    return [certify_one(team, rng, number=number) for number in range(count)]


def certify_one(team: Team, rng: np.random.Generator, *, number: int) -> Merge:
    group = parse(f"age > {20 + number}")
    submission = Submission.objects.create(
        **{"competition": team.competition, "team": team, "seed": 1, "patch_kind": "platform"},
        **{"group_kind": "predicate", "predicate": group.to_json(), "group_text": group.to_text()},
    )
    head = HostedModelVersion.objects.filter(competition=team.competition).latest()
    labels = evidence.pooled_sample(team.competition).labels
    hidden, public = _pair(rng, labels), _pair(rng, arrays.load(head.public_answers))
    kept = {f"hidden_{what}": arrays.save(array) for what, array in hidden.items()}
    kept |= {f"public_{what}": arrays.save(array) for what, array in public.items()}
    Submission.objects.filter(pk=submission.pk).update(status=Status.CANDIDATE, title=f"Pair {number}", **kept)
    submission.refresh_from_db()
    return _merge(submission, head)


def _pair(rng: np.random.Generator, right: np.ndarray) -> dict[str, np.ndarray]:
    """A random group, and answers of two classes that are right more often than not."""
    n = len(right)
    wrong = rng.random(n) < rng.uniform(0.15, 0.4)
    return {"mask": rng.random(n) < rng.uniform(0.2, 0.7), "answers": np.where(wrong, 1 - right, right)}


def _merge(submission: Submission, head: HostedModelVersion) -> Merge:
    competition = Competition.objects.get(pk=submission.competition_id)
    number = competition.rounds.count() + 1
    held = Round.objects.create(competition=competition, number=number, state=Round.State.FINISHED)
    tested = {"position": 1, "provisional_score": 0.1, "version": head, "passed": True, "t": number, "q": 0.5}
    candidate = Candidate.objects.create(round=held, submission=submission, level=0.01, spent_after=0.1, **tested)
    with transaction.atomic():
        made = merge(competition, issue_certificate(competition, candidate))
        Submission.objects.filter(pk=submission.pk).update(status=Status.MERGED)
    submission.refresh_from_db()
    return made


def spend_all_accepts(competition: Competition) -> HostedModelVersion:
    """Theorem mode with two accepts in all, both made, in a version that was rolled back again. The version that
    answers now, against which the board is scored."""
    Competition.objects.filter(pk=competition.pk).update(mode="theorem", epsilon=1.0)
    first = competition.versions.get()
    kept = {name: getattr(first, name) for name in ("recipe", "hidden_answers", "public_answers", "holdout_report")}
    leaf = {"kind": "leaf", "group": 1, "patch": 1}
    competition.versions.create(number=1, base=first, nodes=[leaf, leaf], **kept)
    answering = competition.versions.create(number=2, **kept)
    Verdict.objects.update(version=answering)
    return answering


def on_guard(competition: Competition, versions: Sequence[HostedModelVersion], mask: np.ndarray) -> list[float]:
    """The summed loss of a group on the guard rows under each version."""
    rows = evidence.guard_rows(competition)
    sample = evidence.pooled_sample(competition)
    weights = np.ones(sample.n) if sample.weights is None else sample.weights
    losses = [weights * sample.losses(arrays.load(version.hidden_answers)) for version in versions]
    return [float(each[rows][mask[rows]].sum()) for each in losses]
