"""Whether the training loss jumps up between epochs."""

from dataclasses import dataclass
from itertools import pairwise

from diagnostics.check import Check
from diagnostics.history import History
from diagnostics.verdict import Remedy, Severity, Verdict


@dataclass(frozen=True, kw_only=True)
class BumpyLoss(Check):
    """Notes a training loss that rises much from one epoch to the next.

    *Sees*
        The mean training loss of each epoch.

    *Why it matters*
        Steps that undo what earlier ones learned are usually too large.

    *When it is wrong*
        On very small data sets an epoch has few steps, and the loss jumps by chance.

    *What to do*
        Lower lr, or make the batches larger.

    *Sources*
        An example for plugins; the threshold is a guess.
    """

    rise: float = 0.2  # share of the lower loss

    def judge(self, history: History) -> Verdict:
        losses = history.series("train_loss").values
        if len(losses) < 2:
            return self.skip("It takes two epochs to compare.")
        largest = max((after - before) / before for before, after in pairwise(losses))
        if largest <= self.rise:
            return self.verdict(Severity.PASS, "The training loss falls without jumps.")
        summary = f"The training loss rose by {largest:.0%} from one epoch to the next."
        return self.verdict(
            Severity.NOTE,
            summary,
            evidence={"largest_rise": largest},
            remedy=Remedy("Lower lr, or make the batches larger."),
            epochs=(1, history.epochs),
        )
