"""What every stopping rule is: frozen settings, and a decision about one trial at one epoch."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from service.search.direction import Direction
from trainer.recipe import Ingredient


@dataclass(frozen=True)
class Decision:
    """Whether a trial goes on, and the numbers that decided it; every one is kept as a row.

    `threshold` is what `value` was held against, None where there was nothing to compare with.
    `peers` counts the other trials that had reached the epoch. `reason` is a sentence for people.
    """

    keep: bool
    epoch: int
    value: float | None
    threshold: float | None
    peers: int
    reason: str


class StoppingRule(Ingredient, ABC):
    """Abstract: a rule is a final subclass in a file of its own.

    Subclasses give `name: Literal["..."] = "..."` and their settings. An objective that is None
    or not finite is worse than any number; ties are kept.
    """

    @abstractmethod
    def judges(self, epoch: int, epochs: int) -> bool:
        """Whether it decides after `epoch` (from 1) of `epochs`; never after the last."""

    @abstractmethod
    def decide(
        self,
        epoch: int,
        value: float | None,
        peers: Sequence[float | None],
        direction: Direction,
    ) -> Decision:
        """`value` is the trial's best objective up to `epoch`.

        `peers` are the same of the other trials of the study that reached that epoch, pruned
        ones included.
        """


def shown(value: float | None) -> str:
    """An objective in a sentence: four significant digits."""
    return "no finite objective" if value is None else f"{value:.4g}"
