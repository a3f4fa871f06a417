"""Whether the gradient grows and grows while it is still finite."""

import math
from dataclasses import dataclass

from diagnostics import words
from diagnostics.ends import ends
from diagnostics.history import History
from diagnostics.learning_rate import lower_lr
from diagnostics.outcome import harm, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed


@dataclass(frozen=True, kw_only=True)
class ExplodingGradient(Weighed):
    """Compares the gradient with the one of the beginning.

    *Sees*
        The norm of the loss gradient by layer, as the optimizer saw it (unscaled, after clipping),
        the median over an epoch: its growth since it was first measured.

    *Why it matters*
        A gradient that grows a hundredfold makes steps that are a hundred times as long. Products
        over many layers or time steps grow so, and a loss that runs away does; the next stop is
        not finite.

    *When it is wrong*
        A loss summed over a growing batch grows as well, and a network whose last layer begins
        near zero has small first gradients. It is a warning only where the run comes to harm.

    *What to do*
        Clip gradients, lower lr, use norms or residual connections; an orthogonal initialisation
        in recurrent networks.

    *Sources*
        Bengio, Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013, §2. The factor is ours.
    """

    times: float = 100.0  # growth of the norm over all layers

    def __post_init__(self) -> None:
        if not self.times > 1:
            raise ValueError(f"times must be above 1; it is {self.times}")

    def judge(self, history: History) -> Verdict:
        found = ends(history, "gradient_norm")
        first, last = _norm(found.first), _norm(found.last)
        if not found.left or first is None or last is None or first == 0:
            return self.skip("The gradient was not measured twice.")
        grown, left = last / first, found.left
        if grown < self.times:
            return self.fine(history, "The gradient does not grow.", growth=grown)
        layer = max(left, key=lambda name: left[name])
        summary = (
            f"The gradient has grown {words.number(grown)} times, most of all in `{layer}`; "
            f"{said(history)}."
        )
        harmed = harm(history) is not None
        causes = {"exploding_gradient": 0.4} if harmed else {}
        severity = Severity.WARNING if harmed else Severity.NOTE
        return self.say(
            history, severity, summary, _remedy(history), causes, growth=grown, by_layer=left
        )


def _norm(by_layer: dict[str, float]) -> float | None:
    """Of all layers together; None where one is not finite, or none is there."""
    norm = math.hypot(*by_layer.values())
    return norm if by_layer and math.isfinite(norm) else None


def _remedy(history: History) -> Remedy:
    lr = lower_lr(history)
    which = "" if lr is None else f" (try {words.setting(lr)})"
    return Remedy(f"Clip gradients, or lower lr{which}.", {"optimizer.clip_norm": 1.0})
