"""Expected calibration error."""

from torch import Tensor

from trainer.form import Form
from trainer.recipe.evaluation import CalibrationError as Settings


class CalibrationError:
    """Σ |B| / N · |accuracy(B) − confidence(B)| over bins B of equal width (Guo 2017, eq. 3).

    Confidence is the largest softmax probability of a sample.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, outputs: Tensor, targets: Tensor, form: Form) -> float:
        """outputs [N, C], targets [N] → 0..1."""
        from torchmetrics.functional.classification import multiclass_calibration_error

        p, bins = outputs.softmax(dim=1), self.settings.bins
        return float(multiclass_calibration_error(p, targets, form.outputs, n_bins=bins))
