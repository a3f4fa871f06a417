"""Every trial is trained to its end."""

from collections.abc import Sequence
from typing import Literal

from service.search.direction import Direction
from service.search.stopping_rule import Decision, StoppingRule


class None_(StoppingRule):  # noqa: N801 - named after the file, whose name is a keyword
    """Stops nothing."""

    name: Literal["none"] = "none"

    def judges(self, epoch: int, epochs: int) -> bool:
        return False

    def decide(
        self,
        epoch: int,
        value: float | None,
        peers: Sequence[float | None],
        direction: Direction,
    ) -> Decision:
        return Decision(True, epoch, value, None, len(peers), "This study prunes no trial.")
