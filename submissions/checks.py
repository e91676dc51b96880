"""What Django's system checks say of the sandbox.

The plain check runs before most commands, so it only reads what can be read at once and starts no process; it misses a
kernel that refuses for a reason written nowhere. ``check --deploy --tag sandbox`` starts a box and tries every wall.
"""

from typing import Any, Final

from django.core import checks

from scoring.sandbox import BoxError, Layer, probe
from scoring.sandbox.layers import LAYER_VARIABLE, allowed_layer
from scoring.sandbox.machine import obstacles, remedies

TAG: Final = "sandbox"
WAIT: Final = "Python submissions wait, since entrants' code cannot be run behind the layer {layer}: {reasons}."
WEAKER: Final = "Entrants' code runs behind the restricted layer, which has no namespaces."


@checks.register(TAG)
def check_what_can_be_read(**_: Any) -> list[checks.CheckMessage]:
    """Quick, at every command."""
    try:
        layer = allowed_layer()
    except BoxError as error:
        return [checks.Error(f"{error}.", hint=f"Unset {LAYER_VARIABLE} for the default.", id="sandbox.E001")]
    found = obstacles(layer)
    said: list[checks.CheckMessage] = []
    if found:
        said.append(_waiting(layer, [f.reason for f in found], [f.remedy for f in found]))
    if layer is Layer.RESTRICTED:
        hint = f"It tells the names and sizes of this machine's files. Unset {LAYER_VARIABLE} where bwrap works."
        said.append(checks.Warning(WEAKER, hint=hint, id="sandbox.W002"))
    return said


@checks.register(TAG, deploy=True)
def check_by_trying(**_: Any) -> list[checks.CheckMessage]:
    """Seconds; only when asked for."""
    try:
        tried = probe(allowed_layer())
    except BoxError:
        return []  # said by the quick one
    if tried.ok or obstacles(tried.layer):
        return []
    return [_waiting(tried.layer, tried.reasons, remedies(tried.layer, tried.reasons))]


def _waiting(layer: Layer, reasons: list[str], hints: list[str]) -> checks.CheckMessage:
    return checks.Warning(
        WAIT.format(layer=layer, reasons="; ".join(reasons)), hint="; ".join(hints), id="sandbox.W001"
    )
