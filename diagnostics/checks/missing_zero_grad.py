"""Whether each step has a gradient of its own."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import measured, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed

CLEAR = Remedy("Call optimizer.zero_grad() once before each backward pass that begins a step.")


@dataclass(frozen=True, kw_only=True)
class MissingZeroGrad(Weighed):
    """Looks whether the gradients of earlier steps are still there.

    *Sees*
        On sampled steps, for one tensor of the model: whether its gradient is exactly what the
        last step left plus what came since.

    *Why it matters*
        Without `zero_grad()` each step goes along the sum of all gradients so far: the steps grow
        without end and point to where the loss once fell.

    *When it is wrong*
        Accumulating over several backward passes before one step is something else and is not
        accused: the sum is told apart from the last step's rest.

    *What to do*
        `optimizer.zero_grad()` once a step.

    *Sources*
        PyTorch documentation, "Zeroing out gradients"; Jiang et al. 2025, "TrainCheck".
    """

    share: float = 0.5  # of the sampled steps

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be in (0, 1]; it is {self.share}")

    def judge(self, history: History) -> Verdict:
        stale = curve(history, "stale_gradient")
        if not stale.values:
            return self.skip("The gradients of single steps were not compared.")
        share = max(stale.values.values())
        if share < self.share:
            return self.fine(history, "Each step has a gradient of its own.", share=share)
        summary = (
            f"The gradients of earlier steps are never cleared ({words.percent(share)} of the "
            f"steps); {said(history)}."
        )
        other = bool(measured(history, "not_in_optimizer"))  # which clears what it has
        causes = {"missing_zero_grad": 0.5 if other else 0.98}
        return self.say(history, Severity.WARNING, summary, CLEAR, causes, share=share)
