"""Sitter's public face: Sitter, Monitor, preflight, run and train_many, loaded on first use."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diagnostics.before_training import preflight
    from diagnostics.monitor import Monitor
    from sitter.client import Sitter
    from trainer.loop import run
    from trainer.stack.loop import train_many

__all__ = ["Monitor", "Sitter", "preflight", "run", "train_many"]

_HOMES = {
    "Monitor": "diagnostics.monitor",
    "Sitter": "sitter.client",
    "preflight": "diagnostics.before_training",
    "run": "trainer.loop",
    "train_many": "trainer.stack.loop",
}


def __getattr__(name: str) -> Any:
    """Loads a public name's module; `Sitter` needs no torch, the others do."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sitter' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
