"""ArcFace: softmax over angles, with a margin."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainer.form import Form
from trainer.losses import refuse_misfit
from trainer.losses._unit import unit
from trainer.recipe.losses import Arcface as Settings

ALIGNED = 1e-6  # of a cosine below 1: closer, the angle's slope is lost to rounding


class Arcface:
    """Cross entropy of s cos(θ_j + m [j = y]), θ_j the angle to w_j (Deng et al. 2019, eq. 3).

    Where θ + m > π, cos θ − m sin m stands in, which goes on falling. The directions w [C, D] are
    weights of the loss. Of our own: pytorch-metric-learning's gradient is nan at θ = 0.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, dimensions], targets [N] int64."""
        refuse_misfit(self.settings, form)
        return _Angular(self.settings, form.outputs)


class _Angular(nn.Module):
    def __init__(self, settings: Settings, classes: int) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(classes, settings.dimensions))
        self.margin = math.radians(settings.margin)
        self.fall = self.margin * math.sin(self.margin)
        self.scale = settings.scale

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        cosines = unit(outputs) @ unit(self.directions).T
        own = F.one_hot(targets, len(self.directions)).bool()
        logits = self.scale * torch.where(own, self._with_margin(cosines), cosines)
        return F.cross_entropy(logits, targets)

    def _with_margin(self, cosines: Tensor) -> Tensor:
        angles = cosines.clamp(ALIGNED - 1, 1 - ALIGNED).acos()
        beyond = cosines - self.fall
        return torch.where(angles <= math.pi - self.margin, (angles + self.margin).cos(), beyond)
