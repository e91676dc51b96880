"""What a predicate picks on public rows: anyone may ask, as often as they like, without an account."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bounty import arrays, public_data
from bounty.evidence import as_json
from bounty.models import Competition, HostedModelVersion
from scoring import harms
from scoring.harms import Harm
from scoring.predicates import evaluate
from submissions.intake.request import parse_predicate


@dataclass(frozen=True)
class Preview:
    """The group in canonical form and in words, its size, and how the hosted model does on it; public rows only."""

    text: str
    words: str
    rows: int
    n: int
    weight: float
    version: int
    loss: dict[str, Any]
    rest_loss: dict[str, Any]
    harm_name: str
    harm: dict[str, Any]
    rest_harm: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def preview_group(competition: Competition, predicate_text: str) -> Preview:
    """The preview of a predicate against the newest version. Raises ``Invalid`` with the predicate's fault."""
    predicate = parse_predicate(competition, predicate_text)
    public = public_data.load(competition)
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    mask = evaluate(predicate, public.table)
    answers = arrays.load(head.public_answers)
    loss = harms.group_harm(public.sample, mask, answers, Harm.MEAN_LOSS)
    harm = harms.group_harm(public.sample, mask, answers, Harm(competition.harm))
    return Preview(
        text=predicate.to_text(),
        words=predicate.describe(),
        rows=int(np.count_nonzero(mask)),
        n=public.table.n_rows,
        weight=loss.weight,
        version=head.number,
        loss=as_json(loss.group),
        rest_loss=as_json(loss.rest),
        harm_name=competition.harm,
        harm=as_json(harm.group),
        rest_harm=as_json(harm.rest),
    )
