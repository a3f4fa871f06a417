"""Whether the first steps threw the model far off before it recovered."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve, finite_number
from diagnostics.history import History
from diagnostics.progress import ceiling_loss
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

WARM = Remedy(
    "Let lr rise over the first twentieth of the training (warm-up).", {"schedule.warmup": 0.05}
)


@dataclass(frozen=True, kw_only=True)
class EarlyInstability(Weighed):
    """Looks for a loss that rises far above its start in the first steps, and comes back later.

    *Sees*
        The largest loss of any step in the first twentieth of the training (in the first epoch, if
        that is longer), beside the loss of the untrained model; and the loss now.

    *Why it matters*
        The first gradients are large and all of one mind, so a full step goes too far. What the
        model then recovers from costs epochs, and what it does not recover from, dead units and
        lopsided norms, costs accuracy at the end.

    *When it is wrong*
        One bad batch can do the same. A run that came back is a note at most; one that did not
        is `diverging` or `lr_too_high`.

    *What to do*
        Warm lr up, clip gradients, or lower lr.

    *Sources*
        Goyal et al. 2017, §2.2; Gilmer et al. 2022, "A loss curvature perspective on training
        instability". The factor is ours.
    """

    times: float = 2.0  # × the loss of an untrained model
    share: float = 0.05  # of the training: the first steps

    def __post_init__(self) -> None:
        if not self.times > 1:
            raise ValueError(f"times must be above 1; it is {self.times}")
        if not 0 < self.share < 1:
            raise ValueError(f"share must be in (0, 1); it is {self.share}")

    def judge(self, history: History) -> Verdict:
        ceiling, losses = ceiling_loss(history), curve(history, "train_loss")
        peaks = curve(history, "loss_max").values
        if ceiling is None or not peaks or losses.last < 2:
            return self.skip("Judged after 2 epochs, by the largest loss of a step.")
        last = max(1.0, self.share * (finite_number(history.facts.epochs) or 0.0))
        first = {epoch: peak for epoch, peak in peaks.items() if epoch <= last}
        peak = max(first.values(), default=0.0)
        found = {"largest_loss": peak, "untrained_loss": ceiling, "last_loss": losses.newest}
        if peak <= self.times * ceiling or losses.newest >= ceiling:
            return self.fine(history, "The first steps did not throw the model off.", **found)
        summary = (
            f"In epoch {max(first, key=lambda e: first[e])} a step's loss rose to "
            f"{words.loss(peak)}, where the untrained model has {words.loss(ceiling)}; it has come "
            f"back to {words.loss(losses.newest)} since."
        )
        return self.note(history, summary, WARM, **found)
