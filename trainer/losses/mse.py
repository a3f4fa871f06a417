"""Mean squared error."""

from torch import Tensor, nn
from torch.nn import functional as F

from trainer.form import Form
from trainer.losses import refuse_misfit
from trainer.losses._shares import shares
from trainer.recipe.losses import Mse as Settings


class Mse:
    """Mean over samples and outputs of (o − t)²: no ½, as in torch."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, C, ...]; targets of the same shape, or labels [N, ...] taken as one-hot."""
        refuse_misfit(self.settings, form)
        return Squared()


class Squared(nn.Module):
    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.mse_loss(outputs, shares(outputs, targets))
