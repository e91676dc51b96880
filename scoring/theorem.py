"""What theorem mode promises, and from how many rows (arXiv 2201.10408, algorithms 2-4, repair probes counted)."""

from math import inf, log, nextafter, sqrt

from scoring.errors import OutOfRangeError


def smallest_epsilon(n: int, submissions: int, delta: float = 0.05) -> float:
    """The smallest epsilon that n rows certify at confidence 1 - delta for so many submissions, repair probes included.

    The least epsilon with n >= 32 / epsilon**2 * (ln(2 U / delta) + k * ln(U + 1)), k = floor(2 / epsilon) accepts;
    infinity where not even epsilon 1 is certified. Mostly it is large: say so plainly.

    Example:
        >>> round(smallest_epsilon(200_000, 1_000), 3), smallest_epsilon(100, 1_000)
        (0.133, inf)
    """
    if n <= 0 or submissions <= 0 or not 0 < delta < 1:
        raise OutOfRangeError("There must be rows and submissions, and a delta between 0 and 1.")
    smallest, accepts = inf, 2
    # For a given number of accepts k, epsilon lies in (2 / (k + 1), 2 / k]; the rows needed rise with k.
    while (needed := _epsilon_for(n, submissions, delta, accepts)) <= 2 / accepts:
        smallest = max(needed, nextafter(2 / (accepts + 1), 1.0))
        accepts += 1
    return smallest


def _epsilon_for(n: int, submissions: int, delta: float, accepts: int) -> float:
    return sqrt(32 * (log(2 * submissions / delta) + accepts * log(submissions + 1)) / n)
