"""Many predicates on new rows: fitted to a schema once, each different test made once, joined as packed bits."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.predicates.evaluation import mask_of_test
from scoring.predicates.predicate import Predicate
from scoring.predicates.schema import Schema, check, schema_of
from scoring.predicates.tree import And, Node, Not, Or, Test
from scoring.tables import Table
from scoring.types import Packed


class CompiledPredicates:
    """The groups of a decision list, as predicates on tables of one schema.

    Raises PredicateError: UNKNOWN_COLUMN or WRONG_TYPE when a predicate does not fit the schema.

    Example:
        >>> import pandas as pd
        >>> from scoring.predicates.predicate import parse
        >>> from scoring.tables import encode
        >>> table = encode(pd.DataFrame({"age": [30, 70, 50]}), ("age",))
        >>> groups = CompiledPredicates([parse("age > 40"), parse("not age > 40")], schema_of(table))
        >>> np.unpackbits(groups.masks(table), axis=1, count=3).tolist()
        [[0, 1, 1], [1, 0, 0]]
    """

    def __init__(self, predicates: Sequence[Predicate], schema: Schema) -> None:
        for predicate in predicates:
            check(predicate, schema)
        self._schema = dict(schema)
        self._roots = [predicate.root for predicate in predicates]

    def masks(self, table: Table) -> NDArray[np.uint8]:
        """The packed mask of each group: (predicates, ceil(n/8)), padding zero.

        Raises:
            ValueError: for a table of another schema.
        """
        if schema_of(table) != self._schema:
            raise ValueError("The table has other columns than the predicates were compiled for.")
        made: dict[Test, Packed] = {}
        stack = np.zeros((len(self._roots), (table.n_rows + 7) // 8), dtype=np.uint8)
        for place, root in enumerate(self._roots):
            stack[place] = _packed(root, table, made)
        if table.n_rows % 8:
            stack[:, -1] &= 0xFF ^ (0xFF >> table.n_rows % 8)  # a negation sets the padding too
        return stack


def _packed(node: Node, table: Table, made: dict[Test, Packed]) -> Packed:
    match node:
        case And(parts):
            return np.asarray(np.bitwise_and.reduce([_packed(part, table, made) for part in parts]))
        case Or(parts):
            return np.asarray(np.bitwise_or.reduce([_packed(part, table, made) for part in parts]))
        case Not(part):
            return ~_packed(part, table, made)
        case _:
            if node not in made:
                made[node] = np.packbits(mask_of_test(node, table))
            return made[node]
