"""The examples in the library's docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import scoring

# The guest side of the sandbox runs under another interpreter; modules that start as a command have no examples.
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(scoring.__path__, "scoring.")
    if ".sandbox" not in module.name and not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_public_functions_of_the_core_have_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in (
        "scores",
        "merge",
        "decision_list",
        "certificates",
        "harms",
        "intervals",
        "kernels",
        "masks",
        "rounds",
    ):
        assert sum(bool(found.examples) for found in finder.find(importlib.import_module(f"scoring.{name}"))) >= 2
