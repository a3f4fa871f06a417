"""Which states of a run are kept, so that it can go on from them."""

from typing import Literal

from pydantic import Field

from trainer.recipe.ingredient import Settings


class Snapshots(Settings):
    """The whole state of the training, every `every` epochs.

    `keep`: `last` the newest alone; `all`; or `thinned`: of the k-th snapshots, the newest of
    those whose k is divisible by 1, by 2, by 4 and so on, about log₂ k in all.
    """

    every: int = Field(default=1, ge=1)
    keep: Literal["last", "thinned", "all"] = "last"

    def due(self, epoch: int) -> bool:
        """Whether one is taken after this epoch."""
        return epoch % self.every == 0

    def slot(self, epoch: int) -> str:
        """The name under which it is kept; a later one of the same name replaces it."""
        number = epoch // self.every
        if self.keep == "last":
            return "snapshot"
        if self.keep == "all":
            return f"snapshot-{epoch}"
        return f"snapshot-by-{number & -number}"
