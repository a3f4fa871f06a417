"""Watches the training of a network and says what is wrong, with evidence and a remedy.

Stands alone: `from diagnostics import Monitor` works in any PyTorch loop. Only the probes and the
monitor need torch, so everything else can judge stored histories without it.
"""

from typing import TYPE_CHECKING, Any

from diagnostics.check import Check, judge, load_checks
from diagnostics.history import Facts, History, Series
from diagnostics.verdict import Remedy, Severity, Verdict

if TYPE_CHECKING:
    from diagnostics.monitor import Monitor

__all__ = [
    "Check",
    "Facts",
    "History",
    "Monitor",
    "Remedy",
    "Series",
    "Severity",
    "Verdict",
    "judge",
    "load_checks",
]


def __getattr__(name: str) -> Any:
    """`Monitor` on first use, since it imports torch."""
    if name == "Monitor":
        from diagnostics.monitor import Monitor

        return Monitor
    raise AttributeError(f"module 'diagnostics' has no attribute {name!r}")
