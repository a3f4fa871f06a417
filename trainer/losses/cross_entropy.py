"""Softmax cross entropy."""

from torch import nn

from trainer.form import Form
from trainer.recipe.losses import CrossEntropy as Settings


class CrossEntropy:
    """−Σ q log softmax(outputs), q = (1 − ε) onehot + ε/C (Szegedy et al. 2016, §7)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, C, ...], targets [N, ...] int64 or the classes' shares [N, C, ...]."""
        return nn.CrossEntropyLoss(label_smoothing=self.settings.label_smoothing)
