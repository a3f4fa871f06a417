"""Center loss: softmax cross entropy with embeddings drawn to the centre of their class."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainer.form import Form
from trainer.losses import refuse_misfit
from trainer.recipe.losses import Center as Settings


class Center:
    """cross entropy(V x + b) + λ mean ½ ‖x − c_y‖² (Wen et al. 2016, eq. 5; its second term eq. 2).

    Alone, the second term would draw everything into one point. The classifier V [C, D], b [C] and
    the centres c [C, D] are weights of the loss, trained by the optimizer; the paper moves its
    centres by a rule of their own (eq. 4). λ is `weight`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, dimensions], targets [N] int64."""
        refuse_misfit(self.settings, form)
        return _Centred(self.settings.dimensions, form.outputs, self.settings.weight)


class _Centred(nn.Module):
    def __init__(self, dimensions: int, classes: int, weight: float) -> None:
        super().__init__()
        self.classifier = nn.Linear(dimensions, classes)
        self.centres = nn.Parameter(torch.randn(classes, dimensions))
        self.weight = weight

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        away = (outputs - self.centres[targets]).square().sum(dim=1) / 2
        return F.cross_entropy(self.classifier(outputs), targets) + self.weight * away.mean()
