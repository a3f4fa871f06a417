"""Softmax cross entropy."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.losses import refuse_misfit
from trainer.recipe.losses import CrossEntropy as Settings


class CrossEntropy:
    """−Σ w q log softmax(outputs) / Σ w p, with q = (1 − ε) p + ε/C.

    p is one-hot, or the classes' shares; label smoothing ε: Szegedy et al. 2016, §7.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, C, ...], targets [N, ...] int64 or the classes' shares [N, C, ...]."""
        refuse_misfit(self.settings, form)
        weights, smoothing = self.settings.class_weights, self.settings.label_smoothing
        if weights is None:
            return nn.CrossEntropyLoss(label_smoothing=smoothing)
        if len(weights) != form.outputs:
            message = f"give one weight for each of the {form.outputs} classes of the data"
            raise BadRecipe("loss.class_weights", weights, message)
        return _Weighted(weights, smoothing)


class _Weighted(nn.Module):
    """torch divides by Σ w p for labels but by N for shares; here it is the former for both."""

    weights: Tensor

    def __init__(self, weights: list[float], smoothing: float) -> None:
        super().__init__()
        exact = torch.tensor(weights, dtype=torch.float64)
        self.register_buffer("weights", exact, persistent=False)
        self.smoothing = smoothing

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        weights = self.weights.to(outputs.dtype)
        total = F.cross_entropy(
            outputs, targets, weights, label_smoothing=self.smoothing, reduction="sum"
        )
        if targets.is_floating_point():
            return total / (targets.movedim(1, -1) @ weights).sum()
        return total / weights[targets].sum()
