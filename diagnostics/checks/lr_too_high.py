"""Whether the steps are so large that the run is thrown about."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.gradient_flow import starved
from diagnostics.history import History
from diagnostics.learning_rate import largest_ratio, lower_lr, lr_named, spiked, thrown_off
from diagnostics.outcome import Harm, baseline, harm, lost_at_once, measured, said, starts_high
from diagnostics.tiny_subset import course, too_high
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed


@dataclass(frozen=True, kw_only=True)
class LrTooHigh(Weighed):
    """Looks whether the learning rate throws a sound model about.

    *Sees*
        Losses of single steps far above an untrained model's, update ratios of a tenth and more,
        step losses that scatter as much as they fall, and twenty rows that a tenth of the lr
        learns better.

    *Why it matters*
        Too large steps jump over every valley: the loss drops at first, then stays high or blows
        up, and units die on the way.

    *When it is wrong*
        A high lr with a good end is a good lr: only a run that is lost, learns nothing or stays
        behind is accused, and not one that was lost before its first update.

    *What to do*
        Lower lr by ten, warm it up, or clip gradients.

    *Sources*
        CS231n, "Babysitting the learning process"; Goyal et al. 2017, §2.2. The limits are ours.
    """

    scatter: float = 0.25  # deviation of step losses, as a share of baseline or loss

    def __post_init__(self) -> None:
        if not self.scatter > 0:
            raise ValueError(f"scatter must be above 0; it is {self.scatter}")

    def judge(self, history: History) -> Verdict:
        if history.epochs < 1:
            return self.skip("No epoch has been trained yet.")
        signs = self._signs(history)
        worst = harm(history)
        if worst is None or not signs or lost_at_once(history) or measured(history, "input_broken"):
            return self.fine(history, "The learning rate is not too high.", signs=signs)
        lr = lower_lr(history)
        summary = f"{lr_named(history)} is too high ({' and '.join(signs)}); {said(history)}."
        summary = words.sentence(summary)
        patch = {} if lr is None else {"optimizer.lr": lr}
        which = "by ten" if lr is None else f"(try {words.setting(lr)})"
        remedy = Remedy(f"Lower lr {which}, warm it up, or clip gradients.", patch)
        causes = {"lr_too_high": self._chance(history, len(signs))}
        if self._scatters(history) and worst is not Harm.BROKEN:
            causes["oscillating_loss"] = 0.5
        return self.say(
            history, Severity.WARNING, summary, remedy, causes, signs=signs, worst=worst
        )

    def _signs(self, history: History) -> list[str]:
        signs = []
        if too_high(history):
            signs.append("a tenth of it learns twenty rows better")
        if spiked(history):
            signs.append("the loss of single steps shot up")
        elif thrown_off(history):
            signs.append(f"steps of {words.number(largest_ratio(history))} of the weights")
        if self._scatters(history):
            signs.append("the loss goes up and down")
        return signs

    def _chance(self, history: History, signs: int) -> float:
        """Less where the own optimizer learned twenty rows at this very lr."""
        own, reference = course(history, "own"), course(history, "reference")
        if reference is not None and not reference.passed:
            return 0.2
        if starts_high(history):
            return 0.45
        if too_high(history):
            return 0.8
        return min(0.6, 0.3 * signs) if own is not None and own.passed else min(0.7, 0.4 * signs)

    def _scatters(self, history: History) -> bool:
        base, rates = baseline(history), curve(history, "loss_std")
        if base is None or len(rates.values) < 2 or starved(history):
            return False
        # Above the baseline, batches differ by a share of the loss itself.
        return rates.newest > self.scatter * max(base, curve(history, "train_loss").newest)
