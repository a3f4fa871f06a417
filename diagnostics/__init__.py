"""Watches the training of a network and says what is wrong, with evidence and a remedy.

Stands alone: `from diagnostics import Monitor` works in any PyTorch loop. Only the probes and the
monitor need torch, so everything else can judge stored histories without it.
"""

from typing import TYPE_CHECKING, Any

from diagnostics.check import Check, judge, load_checks
from diagnostics.diagnosis import Cause, diagnose
from diagnostics.history import Facts, History, Series
from diagnostics.verdict import Remedy, Severity, Verdict

if TYPE_CHECKING:
    from diagnostics.before_training import preflight
    from diagnostics.monitor import Monitor

__all__ = [
    "Cause",
    "Check",
    "Facts",
    "History",
    "Monitor",
    "Remedy",
    "Series",
    "Severity",
    "Verdict",
    "diagnose",
    "judge",
    "load_checks",
    "preflight",
]


def __getattr__(name: str) -> Any:
    """`Monitor` and `preflight` on first use, since they import torch."""
    if name == "Monitor":
        from diagnostics.monitor import Monitor

        return Monitor
    if name == "preflight":
        from diagnostics.before_training import preflight

        return preflight
    raise AttributeError(f"module 'diagnostics' has no attribute {name!r}")
