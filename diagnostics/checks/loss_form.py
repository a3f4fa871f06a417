"""Whether the loss is a mean over the samples, of outputs and targets of one shape."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import said
from diagnostics.progress import SUMMED
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_lag

ALIGN = Remedy("Give both the same shape: outputs.squeeze(1), or targets.unsqueeze(1).")
AVERAGE = Remedy("Use the mean over the batch (reduction='mean'), so that lr keeps its meaning.")


@dataclass(frozen=True, kw_only=True)
class LossForm(Weighed):
    """Asks the loss function how it reduces and how it lays outputs and targets side by side.

    *Sees*
        The loss of outputs drawn at random beside the closed form of its kind.

    *Why it matters*
        `[N, 1]` against `[N]` is stretched to `[N, N]`: each output is compared with every target,
        and the best answer is the mean of them all. A sum in place of a mean multiplies the
        gradient, and so the learning rate, by the batch size.

    *When it is wrong*
        A sum with an lr made for it trains well: without harm a note.

    *What to do*
        One shape for both; a mean.

    *Sources*
        PyTorch's own warning, "Using a target size that is different to the input size"; Karpathy
        2019, "A recipe for training neural networks".
    """

    summed: float = SUMMED  # of the number of samples: the factor that makes it a sum

    def __post_init__(self) -> None:
        if not 0 < self.summed <= 1:
            raise ValueError(f"summed must be in (0, 1]; it is {self.summed}")

    def judge(self, history: History) -> Verdict:
        facts = history.facts
        if facts.loss_scale is None or facts.samples is None:
            return self.skip("The form of the loss is not known.")
        scale = facts.loss_scale
        if facts.broadcast:
            summary = "Outputs [N, 1] and targets [N] are compared each with all, [N, N]."
            causes = {"target_shape_broadcast": 0.97}
            return self.say(history, Severity.WARNING, summary, ALIGN, causes, scale=scale)
        if abs(scale) >= self.summed * facts.samples and facts.samples > 4:
            times = words.number(abs(scale))
            summary = f"The loss is a sum over the batch ({times} times the mean); {said(history)}."
            causes = {"loss_reduction_sum": 0.9}
            return self.say(history, by_lag(history), summary, AVERAGE, causes, scale=scale)
        return self.fine(history, "The loss is a mean over the samples.", scale=scale)
