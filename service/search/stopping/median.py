"""The median rule: a trial whose best is worse than what half of the others had by then, ends.

Golovin et al., *Google Vizier: a service for black-box optimization*, KDD 2017, §3.2.1. As in
Optuna's MedianPruner, bests so far are compared; Vizier holds the best against running averages.
"""

from collections.abc import Sequence
from statistics import median
from typing import Literal

from pydantic import Field

from service.search.direction import Direction, as_loss, from_loss
from service.search.stopping_rule import Decision, StoppingRule, shown


class Median(StoppingRule):
    """Silent through `warmup_epochs`, then decides every `interval` epochs.

    A trial goes on while fewer than `min_peers` others have reached its epoch. 5 is Optuna's
    `n_startup_trials`; the warm-up spares trials whose lr is still rising.
    """

    name: Literal["median"] = "median"
    warmup_epochs: int = Field(default=3, ge=0)
    min_peers: int = Field(default=5, ge=1)
    interval: int = Field(default=1, ge=1)

    def judges(self, epoch: int, epochs: int) -> bool:
        since = epoch - self.warmup_epochs - 1
        return epoch < epochs and since >= 0 and since % self.interval == 0

    def decide(
        self,
        epoch: int,
        value: float | None,
        peers: Sequence[float | None],
        direction: Direction,
    ) -> Decision:
        count = len(peers)
        if count < self.min_peers:
            reason = f"Other trials at epoch {epoch}: {count}, of {self.min_peers} that are needed"
            return Decision(True, epoch, value, None, count, f"{reason}.")
        limit = median(as_loss(peer, direction) for peer in peers)
        keep = as_loss(value, direction) <= limit
        threshold = from_loss(limit, direction)
        relation = "not worse" if keep else "worse"
        reason = (
            f"The best by epoch {epoch} ({shown(value)}) is {relation} than the median of "
            f"{count} other trials ({shown(threshold)})."
        )
        return Decision(keep, epoch, value, threshold, count, reason)
