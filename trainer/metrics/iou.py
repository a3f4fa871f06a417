"""Intersection over union."""

from torch import Tensor

from trainer.form import Form
from trainer.metrics._confusion import counts
from trainer.recipe.evaluation import Iou as Settings


class Iou:
    """|P ∩ Q| / |P ∪ Q| of predicted and true pixels, mean over classes (Jaccard 1901).

    Pixels of all images are counted together, as in Everingham et al. 2010, §4.2; classes that are
    in neither are left out, and nan is the answer where none is left.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, outputs: Tensor, targets: Tensor, form: Form) -> float:
        """outputs [N, C, H, W], targets [N, H, W] → 0..1."""
        matrix = counts(outputs, targets, form.outputs).double()
        both = matrix.diagonal()
        either = matrix.sum(dim=0) + matrix.sum(dim=1) - both
        first = 0 if self.settings.background else 1
        each = (both / either)[first:]  # 0 / 0 where a class is in neither
        return each.nanmean().item()
