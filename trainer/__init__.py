"""Trains recipes: a recipe in, events out. Stands alone; torch is imported when `run` is."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer.loop import run

__all__ = ["run"]


def __getattr__(name: str) -> Any:
    """`run` on first use, since it imports torch."""
    if name == "run":
        from trainer.loop import run

        return run
    raise AttributeError(f"module 'trainer' has no attribute {name!r}")
