"""competition.yaml as text: what is not taken, and where it stands."""

import pytest

from bounty.bundle import document
from tests.bounty.bundles import SmallBundle

YAML = "competition.yaml"


def _codes(text: str) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in document.read(text.encode())[1]]


@pytest.mark.parametrize(
    ("text", "plain", "fault"),
    [
        ("a: &x [1]\nb: *x\n", "a: [1]\nb: [1]\n", (1, "YAML_ALIAS")),
        ("a: !!python/object/apply:os.system ['true']\n", "a: ['true']\n", (1, "YAML_TAG")),
        ("a: 1\nb: 2\na: 3\n", "a: 1\nb: 2\nc: 3\n", (3, "YAML_KEY_TWICE")),
        ("a: 1\nb: [1, 2\n", "a: 1\nb: [1, 2]\n", (3, "YAML_UNREADABLE")),
        ("- 1\n", "a: 1\n", (0, "YAML_UNREADABLE")),
        ("", "a: 1\n", (0, "YAML_UNREADABLE")),
        ("[1, 2]: 3\n", "a: 3\n", (0, "YAML_UNREADABLE")),
        ("a: " + "[" * 20 + "]" * 20, "a: " + "[" * 5 + "]" * 5, (1, "YAML_TOO_LARGE")),
        ("a: [" + "1," * 6000 + "]", "a: [" + "1," * 600 + "]", (1, "YAML_TOO_LARGE")),
        ("a: " + "x" * 70_000, "a: " + "x" * 7_000, (0, "YAML_TOO_LARGE")),
    ],
    ids=["aliases", "tags", "a key twice", "syntax", "a list", "nothing", "a list as key", "depth", "count", "size"],
)  # fmt: skip
def test_refuses_yaml_that_is_not_plain(text: str, plain: str, fault: tuple[int, str]) -> None:
    assert _codes(plain) == []
    assert _codes(text) == [fault]


def test_refuses_text_that_is_not_utf_8() -> None:
    assert document.read("title: Größe".encode())[1] == []
    assert [fault.code for fault in document.read("title: Größe".encode("latin-1"))[1]] == ["YAML_UNREADABLE"]


def test_takes_no_and_yes_and_dates_as_the_text_they_are() -> None:
    found, _ = document.read(b"label: no\nother: Yes\ntruth: true\nday: 2026-01-01\nnumber: 1\n")
    assert found.values == {"label": "no", "other": "Yes", "truth": True, "day": "2026-01-01", "number": 1}


def test_a_billion_laughs_are_refused_before_anything_is_built(small: SmallBundle) -> None:
    laughs = "a0: &a0 ha\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    small.text = laughs
    assert small.faults() == [(YAML, "", 0, "YAML_ALIAS")]


def test_knows_the_line_of_each_key_and_of_what_is_around_one_that_is_missing() -> None:
    found, _ = document.read(b"title: x\nrules:\n  mode: odd\n  require: [a, b]\n")
    keys = [("rules", "mode"), ("rules", "require", 1), ("rules", "missing"), ("missing",)]
    assert [found.line(key) for key in keys] == [3, 4, 2, 0]
