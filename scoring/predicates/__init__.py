"""The predicate language: a group as a parsed expression, stored as data.

``parse`` reads text, ``Predicate.from_json`` the stored tree; ``check`` fits one to a schema, ``evaluate`` to a table.
"""

from scoring.predicates.compiled import CompiledPredicates
from scoring.predicates.errors import PredicateError, PredicateFault
from scoring.predicates.evaluation import evaluate
from scoring.predicates.predicate import Predicate, parse
from scoring.predicates.schema import ColumnType, Schema, check, schema_of

__all__ = [
    "ColumnType",
    "CompiledPredicates",
    "Predicate",
    "PredicateError",
    "PredicateFault",
    "Schema",
    "check",
    "evaluate",
    "parse",
    "schema_of",
]
