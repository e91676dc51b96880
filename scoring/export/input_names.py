"""Which columns an input of an ONNX model means; the sandbox's guest side has the same rule in `features`."""

import re
from collections.abc import Mapping


def columns_of_input(name: str, of_text: Mapping[str, bool], wants_text: bool) -> list[str]:
    """The column that an input of that name is named after, or all columns of its kind.

    ``of_text`` says of each column, in order, whether it holds text.

    Example:
        >>> columns_of_input("age_band", {"age band": True, "age": False}, True)
        ['age band']
        >>> columns_of_input("X", {"age band": True, "age": False}, False)
        ['age']
    """
    if name in of_text:
        return [name]
    named = next((column for column in of_text if _plain(column) == _plain(name)), None)
    return [named] if named is not None else [column for column, is_text in of_text.items() if is_text == wants_text]


def _plain(name: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "_", name)
