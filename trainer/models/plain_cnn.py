"""A deep network without skips."""

from torch import nn

from trainer.form import Form
from trainer.models._residual import network
from trainer.recipe.models import PlainCnn as Settings


class PlainCnn:
    """The residual network's layers alone: deeper than about 20, it is the harder one to train.

    He et al. 2016, *Deep Residual Learning for Image Recognition*, figure 6, left: degradation.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From images [N, C, H, W] to logits [N, outputs]."""
        return network(self.settings, form, skip=None)
