"""F1 score."""

from torch import Tensor

from trainer.form import Form
from trainer.recipe.evaluation import F1 as Settings  # noqa: N811  # a class, if a short one


class F1:
    """Harmonic mean of precision and recall (van Rijsbergen 1979, §7), averaged over the classes.

    Classes that neither occur nor are predicted are left out of `macro`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, outputs: Tensor, targets: Tensor, form: Form) -> float:
        """outputs [N, C, ...], targets [N, ...] → 0..1."""
        from torchmetrics.functional.classification import multiclass_f1_score

        average = self.settings.average
        return float(multiclass_f1_score(outputs, targets, form.outputs, average=average))
