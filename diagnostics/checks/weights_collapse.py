"""Whether the weights of a layer shrink to nothing under weight decay."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.ends import ends
from diagnostics.history import History
from diagnostics.outcome import said
from diagnostics.verdict import Severity, Verdict
from diagnostics.weighed import Weighed, by_harm
from diagnostics.weight_decay import GONE, collapsed, lower_decay


@dataclass(frozen=True, kw_only=True)
class WeightsCollapse(Weighed):
    """Follows the norm of each layer's weights from the first epoch on.

    *Sees*
        ‖w‖ by layer, now and where it began, in a run with weight decay.

    *Why it matters*
        Decay takes a share of every weight in every step; the gradient has to put it back. Where a
        layer's weights go to zero nothing passes it any more, forward or backward, and the run
        cannot come back from there.

    *When it is wrong*
        Weights before a normalisation may shrink without harm: only their direction counts. A
        layer that is not needed may be switched off by decay for good reason. So it is a warning
        only where the run comes to harm; where all layers shrink, `regularisation_dominates` says
        so.

    *What to do*
        Lower the weight decay, and leave biases and norms out of it. AdamW decays by lr × weight
        decay, so a high lr decays more.

    *Sources*
        Loshchilov & Hutter 2019, "Decoupled weight decay regularization"; van Laarhoven 2017, "L2
        regularization versus batch and weight normalization". The share is ours.
    """

    left: float = GONE  # of a layer's first norm

    def __post_init__(self) -> None:
        if not 0 < self.left < 1:
            raise ValueError(f"left must be in (0, 1); it is {self.left}")

    def judge(self, history: History) -> Verdict:
        left, decay = ends(history, "weight_norm").left, history.facts.weight_decay
        if not left:
            return self.skip("The weights were not measured twice.")
        gone = collapsed(history, self.left)
        if not gone:
            return self.fine(history, "No layer's weights shrink to nothing.", left=left)
        summary = (
            f"The weights of {words.listed(gone)} are down to {words.percent(left[gone[0]])} of "
            f"their first size under weight decay {words.setting(decay)}; {said(history)}."
        )
        severity = by_harm(history)
        causes = {"over_regularization": 0.6} if severity is Severity.WARNING else {}
        return self.say(history, severity, summary, lower_decay(history), causes, left=left)
