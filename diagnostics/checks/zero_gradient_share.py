"""Whether many weights get a gradient of exactly zero, step after step."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import newest, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, doubtful

FIND_WHERE = Remedy(
    "Scale the loss where gradients are kept in half precision (a GradScaler), and look for a "
    "mask, a clamp or a loss that has no slope where the outputs are."
)
SILENT = Remedy("See to the units first: their weights get a gradient again once they do.")
LEAST_REST = 1e-3  # of momentum below 1
DECAYED = 2.0  # × lr · weight decay: a layer that moves by more had a gradient, and was cleared


@dataclass(frozen=True, kw_only=True)
class ZeroGradientShare(Weighed):
    """Counts the weights of each layer whose gradient is exactly zero over a window of steps.

    *Sees*
        By layer, the share of the weights that got a gradient of exactly zero at each of eight or
        more sampled steps. Inputs that are zero for every unit, and embeddings, are left out.

    *Why it matters*
        A gradient of exactly zero is not a small one: something cuts it off. Numbers below 6e-8
        are zero in half precision; a mask, a clamp or a hinge has no slope beyond its edge. What
        is behind it does not learn.

    *When it is wrong*
        Pruned weights, masks and experts that are seldom chosen are zero on purpose, so it speaks
        only where the run comes to harm. Where units are dead or saturated, that is the reason,
        and their own checks say so: here it is a note. In stacked trials it is not measured.

    *What to do*
        Scale the loss in half precision; find what has no slope.

    *Sources*
        Micikevicius et al. 2018, "Mixed precision training", §3.2 (gradients that become zero);
        SageMaker Debugger's rule AllZero, which goes by the count alone. The shares are ours.
    """

    profile: ClassVar[Literal["cheap", "standard", "full"]] = "standard"

    many: float = 0.9  # share of a layer's weights; on digits up to 0.34, with dropout 0.8 0.78
    explained: float = 0.3  # share of dead or saturated units that is reason enough

    def __post_init__(self) -> None:
        for field in ("many", "explained"):
            if not 0 < getattr(self, field) <= 1:
                raise ValueError(f"{field} must be in (0, 1]; it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        shares = newest(history, "zero_gradient_share")
        if not shares:
            return self.skip("The gradients of single weights were not measured.")
        found = {n: s for n, s in shares.items() if s >= self.many and not _cleared(history, n, s)}
        if not found or not doubtful(history):
            summary = "Hardly any weight is without a gradient."
            if found:
                summary = f"{_most(found)} have no gradient, and no harm is seen from it."
            return self.fine(history, summary, zero_gradient_share=shares)
        summary = f"{_most(found)} have a gradient of exactly zero; {said(history)}."
        silent = {
            name: max(newest(history, name).values(), default=0.0)
            for name in ("dead_units", "saturated_units")
        }
        if max(silent.values()) >= self.explained:
            summary = f"{_most(found)} have a gradient of exactly zero: their units are silent."
            return self.note(history, summary, SILENT, zero_gradient_share=shares, units=silent)
        causes = {"no_gradient": 0.75}
        return self.say(
            history, Severity.WARNING, summary, FIND_WHERE, causes, zero_gradient_share=shares
        )


def _most(found: dict[str, float]) -> str:
    layer = max(found, key=lambda name: found[name])
    return f"{words.percent(found[layer])} of the weights of `{layer}`"


def _cleared(history: History, layer: str, share: float) -> bool:
    """Whether a loop cleared the gradients of a layer before they were seen: it moves all the same.

    Weight decay alone moves it too: by lr · weight decay, and momentum sums that up.
    """
    facts = history.facts
    summed = 1 / max(1 - (facts.momentum or 0.0), LEAST_REST)
    decay = (facts.lr or 0.0) * (facts.weight_decay or 0.0) * summed
    return share == 1 and newest(history, "update_ratio").get(layer, 0.0) > DECAYED * decay
