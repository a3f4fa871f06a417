"""Whether the score follows the loss."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import best_gain, by_layer
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed

LOOK = Remedy(
    "Look how the score is computed: which axis is the class, which threshold, which labels. Then "
    "whether the loss is the one for this task."
)


@dataclass(frozen=True, kw_only=True)
class LossMetricDecorrelated(Weighed):
    """Compares what the loss has gained with what the training accuracy has.

    *Sees*
        The share of the baseline that the training loss has lost, and the training accuracy beside
        the share of the most frequent class.

    *Why it matters*
        A loss that falls by half while no more samples are right is the loss of another task, or
        the score is computed wrongly.

    *When it is wrong*
        With very many classes the loss falls before the first samples are right.

    *What to do*
        Compute the score of ten samples by hand.

    *Sources*
        Schoop et al. 2021, "UMLAUT". The limits are ours.
    """

    gained: float = 0.4  # share of the baseline
    above: float = 0.05  # accuracy above that of naming one class always

    def __post_init__(self) -> None:
        for field in ("gained", "above"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        scores, gained = curve(history, "train_accuracy"), best_gain(history)
        shares = by_layer(history, "class_share")
        if len(scores.values) < 3 or gained is None or not shares:
            return self.skip("Training loss and accuracy of three epochs are needed.")
        best, chance = max(scores.values.values()), max(shares.values())
        found = {"gained": gained, "train_accuracy": best, "largest_class": chance}
        if gained < self.gained or best > chance + self.above or chance > 0.9:
            return self.fine(history, "The score follows the loss.", **found)
        summary = (
            f"The training loss lost {words.percent(gained)} of its baseline, and the accuracy is "
            f"{words.percent(best)}, no better than one class for all ({words.percent(chance)})."
        )
        causes = {"loss_metric_decorrelated": 0.85, "loss_function_mismatch": 0.3}
        return self.say(history, Severity.WARNING, summary, LOOK, causes, **found)
