"""Where the shared test inputs lie: the folder beside the checkout, on machines that have it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
DATA = SHARED / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder `shared` does not lie beside this checkout")
