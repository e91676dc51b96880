"""Stored evidence of submissions, read back as arrays; nobody's code is run again."""

from dataclasses import dataclass

from bounty import arrays
from bounty.evidence import Pair
from scoring.types import Answers, Bools
from submissions.models import Submission


@dataclass(frozen=True)
class PublicPair:
    """A group and a patch on the public rows, train then validation."""

    mask: Bools
    answers: Answers


def hidden_pair(submission: Submission) -> Pair:
    return Pair(arrays.load(submission.hidden_mask), arrays.load(submission.hidden_answers))


def public_pair(submission: Submission) -> PublicPair:
    return PublicPair(arrays.load(submission.public_mask), arrays.load(submission.public_answers))
