"""Asynchronous successive halving: at each rung the best 1/eta of those seen so far go on.

The stopping variant of ASHA: Li et al., *A system for massively parallel hyperparameter tuning*,
MLSys 2020, §3. Nothing is suspended: who is not promoted on arrival ends.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from service.search.direction import Direction, as_loss, from_loss
from service.search.stopping_rule import Decision, StoppingRule, shown


class Halving(StoppingRule):
    """Rungs after epochs `min_epochs` · `eta`^k, k = 0, 1, …

    `eta` 3 or 4 is what Li et al., *Hyperband*, JMLR 18 (2018), §3.6 advise. The first eta − 1
    trials to arrive at a rung go on, since 1/eta of them is less than one.
    """

    name: Literal["halving"] = "halving"
    eta: int = Field(default=3, ge=2)
    min_epochs: int = Field(default=1, ge=1)

    def judges(self, epoch: int, epochs: int) -> bool:
        rung = self.min_epochs
        while rung < epoch:
            rung *= self.eta
        return rung == epoch < epochs

    def decide(
        self,
        epoch: int,
        value: float | None,
        peers: Sequence[float | None],
        direction: Direction,
    ) -> Decision:
        arrived = len(peers) + 1
        places = arrived // self.eta
        if places == 0:
            reason = f"Trial {arrived} to reach epoch {epoch}: the first {self.eta - 1} go on."
            return Decision(True, epoch, value, None, len(peers), reason)
        loss = as_loss(value, direction)
        losses = sorted([loss, *(as_loss(peer, direction) for peer in peers)])
        limit = losses[places - 1]
        rank = losses.index(loss) + 1
        reason = (
            f"Rank {rank} of {arrived} at epoch {epoch} with {shown(value)}; "
            f"the best {places} go on."
        )
        threshold = from_loss(limit, direction)
        return Decision(loss <= limit, epoch, value, threshold, len(peers), reason)
