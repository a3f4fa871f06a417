"""What every search strategy is: frozen settings, and points for the ordinals it is asked for.

A strategy numbers its own points from 0; the service hands the numbers out atomically, so no
point is proposed twice, whatever the number of workers.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field

from service.search.direction import Direction
from trainer.recipe import Ingredient, Point, Space


class SearchError(ValueError):
    """The strategy cannot search this space; `field` is the path of what to change in the study."""

    def __init__(self, field: str, value: Any, message: str) -> None:
        self.field = field
        self.value = value
        self.message = message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True)
class Observed:
    """What a strategy may know of a trial of its study.

    `ordinal` is the strategy's own number, None for points that people enqueued. `value` is the
    best objective so far, None where there is none. `state` is a trial state.
    """

    ordinal: int | None
    params: Point
    value: float | None
    state: str


class Strategy(Ingredient, ABC):
    """Abstract: a strategy is a final subclass in a file of its own.

    Subclasses give `name: Literal["..."] = "..."` and their settings. `needs_history` says whether
    `observed` matters; where it does not, point i follows from (seed, space, i) alone.
    """

    # Below 2³¹, so that it fits an SQL integer and every generator's seed.
    seed: int = Field(default=0, ge=0, lt=2**31)
    needs_history: ClassVar[bool] = False

    @abstractmethod
    def size(self, space: Space) -> int | None:
        """How many points there are; None: as many as a study wants. Raises as `check`."""

    @abstractmethod
    def check(self, space: Space) -> None:
        """Raises SearchError for a space that this strategy cannot search."""

    @abstractmethod
    def propose(
        self,
        space: Space,
        ordinals: Sequence[int],
        observed: Sequence[Observed],
        direction: Direction,
    ) -> list[Point]:
        """One point per ordinal, in their order: plain JSON values by recipe path.

        `observed` is in the order in which the trials were made; recent ones may weigh more.
        Raises SearchError for an ordinal past the last point, and as `check`.
        """
