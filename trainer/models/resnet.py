"""A residual network."""

import torch.nn.functional as F
from torch import Tensor, nn

from trainer.form import Form
from trainer.models._layers import add_layer
from trainer.models._residual import network
from trainer.recipe.models import Resnet as Settings


class Resnet:
    """y = f(F(x) + x) for every two convolutions F (He et al. 2016, eq. 1)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From images [N, C, H, W] to logits [N, outputs]."""
        chosen = self.settings
        return network(chosen, form, skip=self._skip, preactivation=chosen.preactivation)

    def _skip(self, before: int, after: int, stride: int) -> nn.Module:
        """What the block's input becomes on its way around: itself, where nothing has to fit."""
        if before == after:
            return nn.Identity()
        if self.settings.shortcut == "padding":
            return Padding(stride, after - before)
        return self._projection(before, after, stride)

    def _projection(self, before: int, after: int, stride: int) -> nn.Sequential:
        """W x of eq. 2; normed, but where norms belong to the branch (preactivation)."""
        model = nn.Sequential()
        layer = nn.Conv2d(before, after, 1, stride=stride)
        normed = not self.settings.preactivation
        add_layer(model, 1, layer, self.settings, normed=normed, activated=False)
        return model


class Padding(nn.Module):
    """Every `stride`-th pixel, and `extra` maps of zeros behind: option A, without a weight."""

    def __init__(self, stride: int, extra: int) -> None:
        super().__init__()
        self.stride = stride
        self.extra = extra

    def forward(self, maps: Tensor) -> Tensor:
        """[N, C, H, W] → [N, C + extra, ⌈H/stride⌉, ⌈W/stride⌉]."""
        return F.pad(maps[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))
