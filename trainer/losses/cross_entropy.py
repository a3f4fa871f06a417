"""Softmax cross entropy."""

import torch.nn.functional as F
from torch import Tensor

from trainer.recipe.losses import CrossEntropy as Settings


class CrossEntropy:
    """−Σ q log softmax(outputs), q = (1 − ε) onehot + ε/C (Szegedy et al. 2016, §7)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean over the batch: outputs [N, C], targets [N] int64 → scalar."""
        return F.cross_entropy(outputs, targets, label_smoothing=self.settings.label_smoothing)
