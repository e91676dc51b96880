"""Word error rates, from texts; apart from the other losses because it alone needs a library of its own."""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from scoring.errors import WrongLengthError
from scoring.types import Floats


def word_error_losses(references: Sequence[str], hypotheses: Sequence[str]) -> Floats:
    """Word error rate a row, min(errors, words) / words: (n,) in [0, 1]; the row weight that goes with it is words.

    Words are what white space separates; errors is the Levenshtein distance between the word sequences. An empty
    reference has loss 0 if the hypothesis is empty too, else 1 (and weight 1, since weights must be above 0).

    Raises:
        ScoringError: when the two sequences differ in length.

    Example:
        >>> word_error_losses(["the cat sat", "hello"], ["the cat", "oh hello there world"]).tolist()
        [0.3333333333333333, 1.0]
    """
    if len(references) != len(hypotheses):
        raise WrongLengthError("Each reference needs exactly one hypothesis.")
    return np.fromiter(map(_word_error_loss, references, hypotheses), dtype=np.float64, count=len(references))


def _word_error_loss(reference: str, hypothesis: str) -> float:
    words, heard = reference.split(), hypothesis.split()
    if not words:
        return float(bool(heard))
    return min(Levenshtein.distance(words, heard), len(words)) / len(words)
