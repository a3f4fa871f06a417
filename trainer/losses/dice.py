"""Dice loss: the overlap of masks."""

from torch import Tensor, nn
from torch.nn import functional as F

from trainer.form import Form
from trainer.losses import refuse_misfit
from trainer.losses._shares import shares
from trainer.recipe.losses import Dice as Settings


class Dice:
    """1 − mean over samples and classes of (2 Σ pq + s) / (Σ p + Σ q + s), sums over pixels.

    p is the softmax of the outputs, q the true mask, s `smooth`. Milletari et al. 2016, §3, whose
    sums below are of squares; as here: Drozdzal et al. 2016. It is between 0 and 1.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, C, H, W], targets [N, H, W] int64 or the classes' shares [N, C, H, W]."""
        refuse_misfit(self.settings, form)
        return _Overlap(self.settings.smooth, self.settings.cross_entropy)


class _Overlap(nn.Module):
    def __init__(self, smooth: float, cross_entropy: float) -> None:
        super().__init__()
        self.smooth = smooth
        self.cross_entropy = cross_entropy

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        p, q = outputs.softmax(dim=1).flatten(2), shares(outputs, targets).flatten(2)
        above = 2 * (p * q).sum(dim=2) + self.smooth
        below = p.sum(dim=2) + q.sum(dim=2) + self.smooth
        dice = 1 - (above / below).mean()
        if isinstance(self.cross_entropy, float) and not self.cross_entropy:
            return dice  # in a stack it is a tensor, and may be 0 for some trials only
        return dice + self.cross_entropy * F.cross_entropy(outputs, targets)
