"""Runs strangers' code over private rows: a warm interpreter behind walls, one forked job at a time.

The trusted side is this package; the hostile side, all that is inside the walls, is ``guest``.
"""

from scoring.sandbox.errors import BoxError
from scoring.sandbox.host import Box
from scoring.sandbox.layers import Layer
from scoring.sandbox.limits import GROUP_LIMITS, MODEL_LIMITS, PATCH_LIMITS, Limits
from scoring.sandbox.probe import Probe, probe
from scoring.sandbox.runs import (
    GroupRun,
    PatchRun,
    classes_of,
    run_group,
    run_group_hidden,
    run_model,
    run_model_hidden,
    run_patch,
    run_patch_hidden,
)
from scoring.sandbox.verdicts import Fault, SandboxVerdict

__all__ = [
    "GROUP_LIMITS",
    "MODEL_LIMITS",
    "PATCH_LIMITS",
    "Box",
    "BoxError",
    "Fault",
    "GroupRun",
    "Layer",
    "Limits",
    "PatchRun",
    "Probe",
    "SandboxVerdict",
    "classes_of",
    "probe",
    "run_group",
    "run_group_hidden",
    "run_model",
    "run_model_hidden",
    "run_patch",
    "run_patch_hidden",
]
