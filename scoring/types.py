"""Named array types; shapes are stated where they are used."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bools: TypeAlias = NDArray[np.bool_]  # (n,) a mask, or per-row hits
Packed: TypeAlias = NDArray[np.uint8]  # (ceil(n/8),) a mask in packed bits, numpy.packbits order, zero padding
Floats: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int32]  # answers as class indexes or candidate-column indexes; unit numbers
Answers: TypeAlias = NDArray[np.int32] | NDArray[np.float64]  # (n,) Codes where the task has classes, else real values
