"""Trains recipes: a recipe in, events out. Stands alone; torch comes with the first use."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer.loop import run
    from trainer.stack.loop import train_many

__all__ = ["run", "train_many"]


def __getattr__(name: str) -> Any:
    """Both on first use, since they import torch."""
    if name == "run":
        from trainer.loop import run

        return run
    if name == "train_many":
        from trainer.stack.loop import train_many

        return train_many
    raise AttributeError(f"module 'trainer' has no attribute {name!r}")
