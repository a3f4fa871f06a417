"""Sitter's public face: Sitter, Monitor, run and train_many, each loaded on first use."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diagnostics.monitor import Monitor
    from sitter.client import Sitter
    from trainer.loop import run
    from trainer.stack.loop import train_many

__all__ = ["Monitor", "Sitter", "run", "train_many"]

_HOMES = {
    "Monitor": "diagnostics.monitor",
    "Sitter": "sitter.client",
    "run": "trainer.loop",
    "train_many": "trainer.stack.loop",
}


def __getattr__(name: str) -> Any:
    """Loads a public name's module; `Sitter` needs no torch, the others do."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sitter' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
