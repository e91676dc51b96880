"""From masks and answers to numbers: the one reader of the vault's labels.

Everything that needs a hidden label asks here and gets figures back, never labels. Figures of the holdout are
provisional; figures of the guard and the sealed split leave this module only for decisions, and for the close.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from bounty import arrays, public_data, vault
from bounty.models import Competition, DataColumn, DataSplit, HostedModelVersion
from scoring import certificates, closing, commitments, harms, masks, rounds, scores
from scoring.decision_list import DecisionList
from scoring.harms import Harm
from scoring.intervals import Interval
from scoring.losses import Sample
from scoring.pools import Pool
from scoring.rewards import Rewards, marginal_rewards
from scoring.shapley import ShapleyRewards, shapley_rewards
from scoring.tables import Table, TextColumn
from scoring.types import Answers, Bools

HOLDOUT, GUARD, SEALED = DataSplit.HIDDEN


SMALLEST_SHOWN: Final = 30
CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Pair:
    """A group and a patch on the pooled hidden rows: ``mask`` (n,), ``answers`` (n,)."""

    mask: Bools
    answers: Answers

    def on(self, rows: slice) -> "Pair":
        return Pair(self.mask[rows], self.answers[rows])


@dataclass(frozen=True)
class Provisional:
    """What the holdout says of a pair against a version; ``numbers`` is what verdicts store and pages show."""

    score: float
    passes_gate: bool
    numbers: dict[str, Any]


@dataclass(frozen=True)
class GroupSize:
    """How large a group is on the holdout, and the sealed rows to expect of it."""

    rows: int
    weight: float
    expected_sealed_rows: float


def group_size(competition: Competition, mask: Bools) -> GroupSize:
    """The size of a group on the holdout."""
    rows = vault.features(competition).rows
    sample, held = _sample(competition, HOLDOUT), mask[rows[HOLDOUT]]
    weights = np.ones(sample.n) if sample.weights is None else sample.weights
    hits = int(held.sum())
    sealed_rows = rows[SEALED].stop - rows[SEALED].start
    expected = rounds.expected_sealed_rows(hits, sample.n, sealed_rows)
    return GroupSize(hits, float(weights[held].sum() / weights.sum()), expected)


def pair_digest(pair: Pair) -> str:
    """Of the mask and the answers on it: equal digests are duplicates, whatever the patches say elsewhere."""
    inside = np.ascontiguousarray(pair.answers[pair.mask])
    return hashlib.sha256(masks.pack(pair.mask).tobytes() + inside.tobytes()).hexdigest()


def answers_differ(version: HostedModelVersion, pair: Pair) -> bool:
    """Whether the patch answers otherwise than the version anywhere on the group."""
    head = arrays.load(version.hidden_answers)
    return bool(np.any(head[pair.mask] != pair.answers[pair.mask]))


def provisional(competition: Competition, version: HostedModelVersion, pair: Pair, *, seed: int) -> Provisional:
    """Score a pair against a version on the holdout."""
    sample = _sample(competition, HOLDOUT)
    rows = vault.features(competition).rows[HOLDOUT]
    head, held = arrays.load(version.hidden_answers)[rows], pair.on(rows)
    before, after = sample.losses(head), sample.losses(held.answers)
    pool = _pool(competition, pair)
    claimed = rounds.claim_parts(sample, held.mask, head, held.answers, claim_of(competition), seed=seed, pool=pool)
    # Where no repair is claimed its test is shown all the same.
    test = claimed.repair or certificates.test_repair(sample, held.mask, before, after, seed=seed, pool=pool)
    return as_shown(
        competition,
        scores.score(sample, held.mask, before, after),
        interval=certificates.repair_interval(sample, held.mask, before, after, confidence=CONFIDENCE),
        test=test,
        losses=(_mean(before, sample, held.mask), _mean(after, sample, held.mask)),
        harm=harms.group_harm(sample, held.mask, head, Harm(competition.harm)),
        passes=claimed.worst.p_value <= rounds.GATE_LEVEL,
    )


def as_shown(
    competition: Competition,
    figure: scores.Score,
    *,
    interval: Interval,
    test: certificates.Test,
    losses: tuple[float | None, float | None],
    harm: harms.GroupHarm,
    passes: bool,
) -> Provisional:
    """The figures of a pair as verdicts store and pages show them; ``losses`` before and after."""
    return Provisional(
        score=figure.value,
        passes_gate=passes,
        numbers={
            "score": figure.value,
            "weight": figure.weight,
            "gain": figure.gain,
            "gain_low": interval.low,
            "gain_high": interval.high,
            "gain_method": interval.method,
            "rows": figure.rows,
            "n": figure.n,
            "fixed": figure.fixed,
            "broken": figure.broken,
            "p_value": test.p_value,
            "p_method": test.method,
            "loss_before": losses[0],
            "loss_after": losses[1],
            "harm": {
                "name": competition.harm,
                "group": as_json(harm.group),
                "rest": as_json(harm.rest),
                "difference": as_json(harm.difference),
            },
        },
    )


def holdout_sample(competition: Competition) -> Sample:
    """The holdout's labels, for counting stored pairs again (bounty.recount)."""
    return _sample(competition, HOLDOUT)


def holdout_rows(competition: Competition) -> slice:
    return vault.features(competition).rows[HOLDOUT]


def predict_pass(competition: Competition, version: HostedModelVersion, pair: Pair, *, level: float) -> float:
    """The chance that a pair passes the sealed test, from holdout evidence alone."""
    features = vault.features(competition)
    rows, sealed = features.rows[HOLDOUT], features.rows[SEALED]
    head = arrays.load(version.hidden_answers)[rows]
    held = pair.on(rows)
    return rounds.predict_pass(
        _sample(competition, HOLDOUT),
        held.mask,
        head,
        held.answers,
        claim_of(competition),
        sealed_rows=sealed.stop - sealed.start,
        level=level,
        pool=_pool(competition, pair),
    )


def passes_sealed_test(
    competition: Competition, version: HostedModelVersion, pair: Pair, *, level: float, seed: int
) -> bool:
    """The one bit that a round may learn of the sealed split."""
    return _sealed_p_value(competition, version, pair, seed) <= level


def _sealed_p_value(competition: Competition, version: HostedModelVersion, pair: Pair, seed: int) -> float:
    rows = vault.features(competition).rows[SEALED]
    head, sealed = arrays.load(version.hidden_answers)[rows], pair.on(rows)
    sample = _sample(competition, SEALED)
    pool, claim = _pool(competition, pair), claim_of(competition)
    return rounds.test_claim(sample, sealed.mask, head, sealed.answers, claim, seed=seed, pool=pool).p_value


def holding_at_close(
    competition: Competition, version: HostedModelVersion, pairs: Sequence[tuple[Pair, int]]
) -> list[tuple[bool, float]]:
    """Whether each pair (with its seed) holds in the one opening of the sealed split, and the level it was held to.

    All are tested against the same version and judged together (Holm), so nothing is asked one after another.
    """
    p_values = np.array([_sealed_p_value(competition, version, pair, seed) for pair, seed in pairs])
    held = closing.holm(p_values, competition.delta).tolist()
    return list(zip(held, closing.holm_levels(p_values, competition.delta).tolist(), strict=True))


def pooled_sample(competition: Competition) -> Sample:
    """The pooled labels, for the merge engine, which decides on guard rows and answers with nodes only."""
    return vault.labels(competition)


def guard_rows(competition: Competition) -> slice:
    return vault.features(competition).rows[GUARD]


def split_loss(competition: Competition, answers: Answers, split: str, mask: Bools | None = None) -> Interval:
    """Mean loss of pooled ``answers`` on one split, or on a group's rows of it."""
    rows = vault.features(competition).rows[split]
    sample = _sample(competition, split)
    held = np.ones(sample.n, dtype=np.bool_) if mask is None else mask[rows]
    return harms.group_harm(sample, held, answers[rows], Harm.MEAN_LOSS).group


def report(
    competition: Competition, answers: Answers, *, merged: Iterable[tuple[str, Bools]], split: str = HOLDOUT
) -> dict[str, Any]:
    """Loss and harm of pooled ``answers`` on a split, over everyone and by demographic and merged group.

    Groups under the competition's floor, or under ``SMALLEST_SHOWN`` rows, are left out: their numbers would be noise,
    and would tell single labels.
    """
    rows = vault.features(competition).rows[split]
    sample, held = _sample(competition, split), answers[rows]
    groups = [(name, column, value, mask, "demographic") for name, column, value, mask in _demographic(competition)]
    groups += [(name, "", "", mask, "merged") for name, mask in merged]
    smallest = max(competition.min_group_rows * sample.n / _rows_of(competition, SEALED), SMALLEST_SHOWN)
    return {
        "overall": _overall(competition, sample, held),
        "groups": [
            {"name": name, "column": column, "value": value, "kind": kind}
            | _figures(competition, sample, mask[rows], held)
            for name, column, value, mask, kind in groups
            if int(mask[rows].sum()) >= smallest
        ],
    }


def claim_of(competition: Competition) -> rounds.Claim:
    """What this competition requires of a pair (ALGORITHMS 6.5)."""
    return rounds.Claim(
        repair=competition.require_repair,
        underperformance=competition.require_underperformance,
        harm=Harm(competition.harm),
        margin=competition.underperformance_margin,
    )


def sealed_figures(competition: Competition, version: HostedModelVersion, pair: Pair) -> dict[str, Any]:
    """Exact sealed numbers of a pair against a version; for the close only."""
    rows = vault.features(competition).rows[SEALED]
    sample, sealed = _sample(competition, SEALED), pair.on(rows)
    head = arrays.load(version.hidden_answers)[rows]
    before, after = sample.losses(head), sample.losses(sealed.answers)
    figure = scores.score(sample, sealed.mask, before, after)
    interval = certificates.repair_interval(sample, sealed.mask, before, after, confidence=1 - competition.delta)
    return asdict(figure) | {"interval": as_json(interval)}


def sealed_rewards(
    competition: Competition, versions: Sequence[HostedModelVersion], pairs: Sequence[Pair], pdl: DecisionList
) -> tuple[Rewards, ShapleyRewards]:
    """What each merged pair took off the sealed loss, in merge order and by Shapley; for the close only."""
    rows = vault.features(competition).rows[SEALED]
    sample = _sample(competition, SEALED)
    first, last = (arrays.load(version.hidden_answers)[rows] for version in (versions[0], versions[-1]))
    held = [(pair.mask[rows], pair.answers[rows]) for pair in pairs]
    # Drawn from the bundle, so that whoever computes it again finds the same.
    seed = int(competition.bundle_sha256[:8], 16)
    return marginal_rewards(sample, first, held, pdl), shapley_rewards(sample, first, held, last, seed=seed)


def commitment(competition: Competition, digests: Mapping[str, str] | None = None) -> str:
    """What is published of the hidden splits when the competition opens; or what other splits of these ``digests``
    would have given."""
    return commitments.commitment(digests or vault.digests(competition), vault.salt(competition))


def commitment_salt(competition: Competition) -> str:
    """In hexadecimal digits; to be published after the close, where the organiser chooses so."""
    return vault.salt(competition).hex()


def as_json(interval: Interval) -> dict[str, Any]:
    """An interval as stored; what is undefined (an empty denominator) is null, never NaN."""
    return {
        key: None if isinstance(value, float) and not np.isfinite(value) else value
        for key, value in asdict(interval).items()
    }


def _pool(competition: Competition, pair: Pair) -> Pool:
    """How heavy a row or unit may be: from all rows that there are. Of public rows the weight alone counts, since the
    group is not known on them here, and a unit's part in the group would be."""
    weights = public_data.load(competition).sample.weights
    return Pool(vault.labels(competition), pair.mask, heaviest=0.0 if weights is None else float(weights.max()))


def _rows_of(competition: Competition, split: str) -> int:
    rows = vault.features(competition).rows[split]
    return int(rows.stop - rows.start)


def _overall(competition: Competition, sample: Sample, answers: Answers) -> dict[str, Any]:
    loss, harm = (harms.overall_harm(sample, answers, of) for of in (Harm.MEAN_LOSS, Harm(competition.harm)))
    return {"rows": sample.n, "weight": 1.0, "loss": as_json(loss), "harm": as_json(harm)}


def _figures(competition: Competition, sample: Sample, mask: Bools, answers: Answers) -> dict[str, Any]:
    loss = harms.group_harm(sample, mask, answers, Harm.MEAN_LOSS)
    harm = harms.group_harm(sample, mask, answers, Harm(competition.harm))
    return {"rows": loss.rows, "weight": loss.weight, "loss": as_json(loss.group), "harm": as_json(harm.group)}


def _demographic(competition: Competition) -> list[tuple[str, str, str, Bools]]:
    """Each value of each demographic text column that the public rows know, as a mask of the pool."""
    shown = competition.data_columns.filter(role=DataColumn.Role.FEATURE, demographic=True)
    hidden, public = vault.features(competition).table, public_data.load(competition).table
    found = []
    for name in shown.values_list("name", flat=True):
        known = _values(public, name)
        column = hidden[name]
        if not isinstance(column, TextColumn):
            continue
        for code, value in enumerate(column.categories):
            if value in known:
                found.append((f"{name}: {value}", name, value, column.codes == code))
    return found


def _values(table: Table, name: str) -> frozenset[str]:
    column = table[name]
    return frozenset(column.categories) if isinstance(column, TextColumn) else frozenset()


def _mean(losses: Any, sample: Sample, mask: Bools) -> float | None:
    weights = np.ones(sample.n) if sample.weights is None else sample.weights
    total = float(weights[mask].sum())
    return float((losses * weights)[mask].sum() / total) if total > 0 else None


def _sample(competition: Competition, split: str) -> Sample:
    return _cached_sample(competition.pk, competition.bundle_sha256, split)


@lru_cache(maxsize=32)
def _cached_sample(pk: int, _digest: str, split: str) -> Sample:
    competition = Competition.objects.get(pk=pk)
    rows = vault.features(competition).rows[split]
    return vault.labels(competition).take(np.arange(rows.start, rows.stop))
