"""Sigmoid cross entropy of each class against the others."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainer.form import Form
from trainer.losses import refuse_misfit
from trainer.losses._shares import shares
from trainer.recipe.losses import BinaryCrossEntropy as Settings


class BinaryCrossEntropy:
    """−mean over samples and classes of (w t log σ(o) + (1 − t) log(1 − σ(o))).

    σ is the sigmoid, t 1 for a sample's class and 0 for the others, w `pos_weight` (one-vs-rest;
    Bishop, *Pattern Recognition and Machine Learning*, 2006, eq. 4.90).
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, C, ...], targets [N, ...] int64 or the classes' shares [N, C, ...]."""
        refuse_misfit(self.settings, form)
        return _Binary(self.settings.pos_weight)


class _Binary(nn.Module):
    def __init__(self, pos_weight: float) -> None:
        super().__init__()
        self.pos_weight = pos_weight

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        weight = torch.as_tensor(self.pos_weight, dtype=outputs.dtype, device=outputs.device)
        return F.binary_cross_entropy_with_logits(
            outputs, shares(outputs, targets), pos_weight=weight
        )
