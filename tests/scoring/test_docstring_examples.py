"""Every example in the scoring library's docstrings runs and gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

import scoring

MODULES = [
    module.name
    for module in pkgutil.walk_packages(scoring.__path__, "scoring.")
    if not module.name.startswith("scoring.sandbox")  # its guest half is not to be imported here
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_give_what_they_say(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
