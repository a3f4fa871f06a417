"""Whether gradients are clipped in nearly every step."""

import math
from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.learning_rate import bulk_ratios
from diagnostics.outcome import by_layer, harm, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm

NEAR = 0.95  # of the clip norm: what the median step of an epoch has, it has from clipping
FEWEST = 3  # epochs


@dataclass(frozen=True, kw_only=True)
class ClippingTooOften(Weighed):
    """Counts the steps whose gradient was shortened before the update.

    *Sees*
        In a loop of one's own, the share of sampled steps in which the gradient that the optimizer
        was given is shorter than the one that came from the loss. In our trainer, the share of
        epochs whose median gradient, after clipping, is as long as the clip norm allows.

    *Why it matters*
        Clipping is for the rare large gradient. Where it acts in every step, all gradients have
        one length: the clip norm takes the place of lr, plain SGD slows down by as much as is cut
        off, and the schedule alone decides how the run ends.

    *When it is wrong*
        Language models are trained so on purpose, and optimizers like Adam do not care for the
        length of gradients. So it is a warning only where the run comes to harm.

    *What to do*
        Raise the clip norm to about the largest gradient of a calm epoch, or leave clipping out.
        If gradients are large because the loss is a sum, take the mean.

    *Sources*
        Pascanu, Mikolov & Bengio 2013, §3.2 (clip at the average norm over many updates, or a few
        times that); Zhang et al. 2020, "Why gradient clipping accelerates training". The share is
        ours.
    """

    often: float = 0.9  # share of the steps
    slow: float = 3e-4  # update ratio of every layer, below which clipping starves the steps

    def __post_init__(self) -> None:
        if not 0 < self.often <= 1:
            raise ValueError(f"often must be in (0, 1]; it is {self.often}")
        if not self.slow > 0:
            raise ValueError(f"slow must be above 0; it is {self.slow}")

    def judge(self, history: History) -> Verdict:
        shares = curve(history, "clipped_steps").values or _by_norm(history)
        if len(shares) < FEWEST:
            return self.skip(f"Whether steps were clipped is not known of {FEWEST} epochs.")
        share = sum(shares.values()) / len(shares)
        found = {"clipped_steps": share, "clip_norm": history.facts.clip_norm}
        if share < self.often:
            return self.fine(history, "Clipping is left to the rare large gradient.", **found)
        summary = f"{words.percent(share)} of the steps are clipped; {said(history)}."
        severity = by_harm(history)
        causes = self._causes(history) if severity is Severity.WARNING else {}
        return self.say(history, severity, summary, _raised(history), causes, **found)

    def _causes(self, history: History) -> dict[str, float]:
        ratios = bulk_ratios(history)
        starved = bool(ratios) and max(ratios.values()) < self.slow and harm(history) is not None
        return {"lr_too_low": 0.5} if starved else {"exploding_gradient": 0.3}


def _by_norm(history: History) -> dict[int, float]:
    """Epoch → 1 where the gradients of the middle step were as long as the clip norm, else 0."""
    limit = history.facts.clip_norm
    if not limit:
        return {}
    sizes = {epoch: by_layer(history, "gradient_norm", epoch) for epoch in history.rows if epoch}
    return {
        epoch: float(math.hypot(*norms.values()) >= NEAR * limit)
        for epoch, norms in sizes.items()
        if norms
    }


def _raised(history: History) -> Remedy:
    limit = history.facts.clip_norm
    if not limit:
        return Remedy("Raise the clip norm tenfold, or leave clipping out.")
    higher = words.rounded(10 * limit)
    text = f"Raise the clip norm (try {words.setting(higher)}), or leave clipping out."
    return Remedy(text, {"optimizer.clip_norm": higher})
