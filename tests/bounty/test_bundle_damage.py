"""Whatever stands in a bundle, the check answers with faults and never with an error of its own."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from bounty.bundle import document, manifest
from tests.bounty.bundles import SmallBundle

ODD_VALUES = [None, "", -1, 1.5, True, "x", [], {}, [1], {"a": 1}, "all", 10**30, float("nan"), "no", [["a"]]]
Damage = Callable[[pd.DataFrame, str], pd.DataFrame]
DAMAGES: dict[str, Damage] = {
    "gone": lambda frame, name: frame.drop(columns=name),
    "all missing": lambda frame, name: frame.assign(**{name: np.nan}),
    "as text": lambda frame, name: frame.assign(**{name: frame[name].astype(str)}),
    "as dates": lambda frame, name: frame.assign(**{name: pd.Timestamp("2020-01-01")}),
    "as bytes": lambda frame, name: frame.assign(**{name: [b"x"] * len(frame)}),
    "all one": lambda frame, name: frame.assign(**{name: frame[name].iloc[0]}),
    "as categories": lambda frame, name: frame.assign(**{name: frame[name].astype("category")}),
}


def _keys(values: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key in values if isinstance(values, dict) else range(len(values)):
        yield (*above, key)
        if isinstance(values[key], dict | list):
            yield from _keys(values[key], (*above, key))


def test_any_value_at_any_key_is_read_or_refused(small: SmallBundle) -> None:
    for *above, last in list(_keys(small.manifest)):
        for value in ODD_VALUES:
            changed = copy.deepcopy(small.manifest)
            holder: Any = changed
            for key in above:
                holder = holder[key]
            holder[last] = value
            found, faults = document.read(yaml.safe_dump(changed).encode())
            draft, more = manifest.read(found)
            assert isinstance(draft, manifest.Draft)
            assert all(str(fault).endswith(f"[{fault.code}]") for fault in faults + more)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("split", ["train", "sealed"])
def test_any_column_may_be_damaged_in_any_way(small: SmallBundle, damage: str, split: str) -> None:
    whole = small.frames[split]
    for name in whole:
        small.frames[split] = DAMAGES[damage](whole, name)
        assert all(len(fault) == 4 for fault in small.faults())


@pytest.mark.parametrize("kind", ["routed", "real", "transcription"])
def test_every_task_stands_damage_to_its_label(kind: str, request: pytest.FixtureRequest) -> None:
    bundle: SmallBundle = request.getfixturevalue(kind)
    whole = bundle.frames["holdout"]
    for damage in ("gone", "all missing", "as dates", "as bytes"):
        bundle.frames["holdout"] = DAMAGES[damage](whole, "defaulted")
        assert bundle.faults()
