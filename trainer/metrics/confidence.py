"""Confidence."""

from torch import Tensor

from trainer.form import Form
from trainer.recipe.evaluation import Confidence as Settings


class Confidence:
    """Mean of the largest softmax probability (Guo et al. 2017, §2); fair where it is accuracy."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, outputs: Tensor, targets: Tensor, form: Form) -> float:
        """outputs [N, C] → 1/C..1."""
        return outputs.softmax(dim=1).amax(dim=1).double().mean().item()
