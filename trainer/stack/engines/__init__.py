"""Ways to compute a step of all trials at once, one per file; a planner measures which is fastest.

`vmap` covers any model, `lowered` those whose layers all have a form for stacks in its folder.
"""

from typing import Protocol

from torch import Tensor

from diagnostics.parts import Folder
from trainer.errors import NotStackable
from trainer.stack.build import Blocks, Stack

ENGINES = Folder("trainer.stack.engines", kind="engine")

Outputs = Tensor | list[Tensor]  # [K, N, ...]; of several heads, the main one's first


class Engine(Protocol):
    """Made of a stack, whose trials may leave; made anew where others join.

    Raises NotStackable where it cannot compute them.
    """

    def __init__(self, stack: Stack) -> None: ...

    def train(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Outputs, Blocks]:
        """Of one batch that all trials see: mean losses [K], outputs, and each trial's gradients.

        Buffers are updated in place. Random numbers are drawn once for all trials, as each would
        draw them alone. Weights that had no part in the loss have no gradient.
        """

    def examine(self, inputs: Tensor, targets: Tensor, at_once: int) -> tuple[Tensor, Tensor]:
        """Mean losses [K] and outputs in evaluation mode; so many samples go through at once."""


def engine(stack: Stack, preferred: str | None = None) -> Engine:
    """The preferred engine, or `vmap` where that one cannot; None prefers the lowered one."""
    try:
        chosen: Engine = ENGINES.load(preferred or "lowered")(stack)
    except NotStackable:
        chosen = ENGINES.load("vmap")(stack)
    return chosen
