"""Whether the output of a sample depends on the other samples of its batch."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import measured
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed

AXIS = Remedy(
    "Look for a view, reshape, mean or softmax over the batch axis (dimension 0) in forward()."
)


@dataclass(frozen=True, kw_only=True)
class BatchMixing(Weighed):
    """Exchanges the rest of a batch and looks whether the first sample's output moves.

    *Sees*
        The first sample's output in evaluation mode beside two different halves of the sample.

    *Why it matters*
        A `view` where a `transpose` was meant, or a mean over the wrong axis, mixes the samples.
        Nothing fails: the model learns a little, and its answers depend on who else is asked.

    *When it is wrong*
        Batch norm mixes by design and is in evaluation mode here. A model that attends over its
        batch on purpose (in-context learning, graphs in one batch) is accused wrongly.

    *What to do*
        Find the operation over the batch axis.

    *Sources*
        Karpathy 2019, "A recipe for training neural networks", "use backprop to chart
        dependencies".
    """

    moved: float = 1e-3  # of the outputs' size

    def __post_init__(self) -> None:
        if not self.moved > 0:
            raise ValueError(f"moved must be above 0; it is {self.moved}")

    def judge(self, history: History) -> Verdict:
        moved = measured(history, "batch_mixing")
        if moved is None:
            return self.skip("The model's dependence on its batch was not measured.")
        if moved < self.moved:
            return self.fine(history, "Each sample is judged by itself.", moved=moved)
        summary = f"The output of a sample moves by {words.percent(moved)} with its batch."
        causes = {"batch_mixing": 0.92}
        return self.say(history, Severity.WARNING, summary, AXIS, causes, moved=moved)
