"""The one rule on answers that only a competition knows: where chances are asked for, all of them are chances."""

from scoring.types import Answers


def are_chances(*answers: Answers) -> bool:
    """Whether all of the numbers, (n,) each, lie between 0 and 1.

    Example:
        >>> import numpy as np
        >>> are_chances(np.array([0.0, 1.0])), are_chances(np.array([0.5]), np.array([50.0]))
        (True, False)
    """
    return all(bool(((given >= 0) & (given <= 1)).all()) for given in answers)
