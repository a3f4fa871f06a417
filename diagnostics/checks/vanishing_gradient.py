"""Whether signal and gradient get lost on their way through the layers."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.kinds import SQUASHERS
from diagnostics.outcome import Harm, by_layer, harm, newest, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm, by_merit

FLOW = Remedy(
    "Look for a detach(), argmax, rounding or comparison between weights and loss, and for outputs "
    "at the flat end of their activation."
)
SHORTEN = Remedy(
    "Use rectifiers with He initialisation, batch norm, or fewer layers.",
    {"model.activation": {"name": "relu"}},
)


@dataclass(frozen=True, kw_only=True)
class VanishingGradient(Weighed):
    """Compares the gradient of the first layer with that of the last, and what still varies.

    *Sees*
        The gradient norm of the first and the last layer before training and after the newest
        epoch, and how much each layer's output varies with the sample.

    *Why it matters*
        Each squashing function multiplies the gradient by at most a quarter (sigmoid); after a few
        layers the first ones stand still, and what arrives at the last no longer depends on the
        input.

    *When it is wrong*
        Gradient norms may differ a thousandfold between layers of healthy networks, so it is a
        warning only where nothing is learned.

    *What to do*
        Rectifiers with He initialisation, batch norm, residual connections, fewer layers.

    *Sources*
        Hochreiter 1991; Bengio, Simard & Frasconi 1994; Glorot & Bengio 2010, §4. The limits are
        ours, from `bench/diagnosis`.
    """

    lost: float = 1e-2  # gradient norm of the first layer, as a share of the last one's
    still: float = 1e-3  # deviation over the samples, as a share of a layer's output

    def __post_init__(self) -> None:
        for field in ("lost", "still"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        gradients = by_layer(history, "gradient_norm") or newest(history, "gradient_norm")
        if len(gradients) < 2:
            return self.skip("The gradients of fewer than two layers were measured.")
        norms = list(gradients.values())
        if max(norms) == 0 and by_layer(history, "gradient_norm"):
            return self._none(history, gradients)
        share = norms[0] / norms[-1] if norms[-1] > 0 else 0.0
        spread = by_layer(history, "activation_spread")
        alike = min(spread.values(), default=1.0)
        if share >= self.lost and alike >= self.still:
            return self.fine(history, "The gradient reaches the first layer.", share=share)
        first, *_, last = gradients
        times = words.number(share)
        summary = f"`{first}` gets {times} of the gradient of `{last}`; {said(history)}."
        squashed = any(kind in SQUASHERS for kind in _inner(history))
        causes = {"vanishing_gradient": 0.88 if squashed else 0.45}
        failed = harm(history) is Harm.FAILED
        severity = by_harm(history) if failed or history.epochs == 0 else Severity.NOTE
        return self.say(
            history,
            severity,
            summary,
            SHORTEN,
            causes if failed or history.epochs == 0 else {},
            share=share,
            gradient_norm=gradients,
            activation_spread=spread,
        )

    def _none(self, history: History, gradients: dict[str, float]) -> Verdict:
        summary = f"No layer gets any gradient before the first update; {said(history)}."
        dead = max(by_layer(history, "dead_units").values(), default=0.0) > 0.99
        causes = {"no_gradient": 0.5 if dead else 0.9}
        severity = by_merit(history) if history.epochs else Severity.WARNING
        return self.say(history, severity, summary, FLOW, causes, gradient_norm=gradients)


def _inner(history: History) -> list[str]:
    """The kinds of all layers and activations but the last activation."""
    kinds = list((history.facts.kinds or {}).values())
    return kinds[:-1] if history.facts.output_activation is not None else kinds
