"""A patch as an ONNX file that a submission takes as it is."""

from collections.abc import Sequence

import numpy as np

from scoring.export.fitted import described
from scoring.export.graph import DOUBLE, FLOAT, Graph
from scoring.export.onnx_columns import GivenColumns
from scoring.export.onnx_fitted import fitted_answers
from scoring.export.onnx_groups import group_mask
from scoring.predicates import Predicate, schema_of
from scoring.recipes import Trained
from scoring.tables import Table


def of_trained(trained: Trained, table: Table, n_classes: int) -> bytes:
    """The fitted recipe: a score for each of ``n_classes`` classes, or, for 0 of them, a real value or chance.

    ``table`` names the columns; its rows are not read.
    """
    given = _columns(table)
    found = fitted_answers(given, described(trained))
    if not n_classes:
        return given.graph.file(found, DOUBLE, axes=1)
    # onnxruntime has no OneHot of doubles.
    ends, size = given.graph.constant(np.array([0, 1], dtype=np.float32)), given.graph.constant(np.array(n_classes))
    return given.graph.file(given.graph.add("OneHot", found, size, ends, axis=-1), FLOAT, axes=0)


def of_groups(scored: Sequence[tuple[Predicate, int, float]], table: Table, n_classes: int) -> bytes:
    """Scores for classes: each group adds its number to the score of its class; the largest counts.

    Example:
        >>> import pandas as pd
        >>> from scoring.predicates import parse
        >>> from scoring.tables import encode
        >>> table = encode(pd.DataFrame({"age": [30]}), ("age",))
        >>> of_groups([(parse("age > 65"), 1, 0.25)], table, n_classes=2)[:2].hex()
        '0809'
    """
    given = _columns(table)
    graph = given.graph
    sums = []
    for place in range(n_classes):
        total = graph.add("Gather", given.filled([0.0]), graph.constant(np.array(0)), axis=1)
        for group, answer, number in scored:
            if answer == place:
                inside = graph.add("Cast", group_mask(given, group.root), to=DOUBLE)
                total = graph.add("Add", total, graph.add("Mul", inside, graph.constant(np.array(float(number)))))
        sums.append(given.as_column(total))
    return graph.file(graph.add("Concat", *sums, axis=1), DOUBLE, axes=0)


def _columns(table: Table) -> GivenColumns:
    return GivenColumns(Graph(), {name: kind.value for name, kind in schema_of(table).items()})
