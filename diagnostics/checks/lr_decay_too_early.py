"""Whether the learning rate fell while the loss still did."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import Curve, curve
from diagnostics.history import History
from diagnostics.outcome import Harm, baseline, harm, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed

EARLY = 0.25  # share of the epochs: so soon a tiny rate is always too early
LATER = Remedy(
    "Keep the larger lr for longer, or let it fall smoothly (cosine).",
    {"schedule": {"name": "cosine"}},
)


@dataclass(frozen=True, kw_only=True)
class LrDecayTooEarly(Weighed):
    """Looks where the lr became tiny, and whether the loss was still on its way down then.

    *Sees*
        The first epoch after the largest lr at which it is a fiftieth of that, the share of the
        run that was still to come, and the pace of the loss before it.

    *Why it matters*
        At a fiftieth of the lr the remaining epochs do next to nothing: a step down too early
        freezes the run where it happens to be.

    *When it is wrong*
        Schedules end in tiny rates by design; only a run that stays behind, and whose rate was
        tiny for more than half of its epochs, is accused.

    *What to do*
        Step down when the loss has stopped falling, not before.

    *Sources*
        CS231n, "Babysitting the learning process"; He et al. 2016, §3.4 (steps at plateaus).
    """

    tiny: float = 0.02  # share of the largest lr
    share: float = 0.5  # of the epochs, spent at a tiny lr

    def __post_init__(self) -> None:
        for field in ("tiny", "share"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        rates, losses = curve(history, "lr"), curve(history, "train_loss")
        if len(rates.values) < 4 or not losses.values:
            return self.skip("Learning rate and loss of four epochs are needed.")
        top = max(rates.values.values())
        peak = next(epoch for epoch, lr in rates.values.items() if lr == top)
        tiny = [epoch for epoch, lr in rates.values.items() if lr <= self.tiny * top]
        small = [epoch for epoch in tiny if epoch > peak and top > 0]
        late = len(small) < self.share * len(rates.values)
        if late or harm(history) not in (Harm.FAILED, Harm.BEHIND) or not small:
            return self.fine(history, "The learning rate did not fall too early.", lr=rates.newest)
        since = small[0]
        if not _was_falling(history, losses, since):
            return self.fine(history, "The loss stood before the lr fell.", since=since)
        lr = words.setting(rates.values[since])
        summary = f"lr fell to {lr} in epoch {since}, while the loss still fell; {said(history)}."
        summary = words.sentence(summary)
        causes = {"lr_decay_too_early": 0.9}
        return self.say(history, Severity.WARNING, summary, LATER, causes, since=since)


def _was_falling(history: History, losses: Curve, since: int) -> bool:
    """By a hundredth of the baseline in the last epoch at the larger lr, or there were few."""
    if since <= EARLY * history.epochs:
        return True
    before = [loss for epoch, loss in losses.values.items() if epoch < since]
    start = baseline(history) or losses.values[losses.first]
    previous = before[-2] if len(before) >= 2 else start
    return not before or previous - before[-1] > 0.01 * start
