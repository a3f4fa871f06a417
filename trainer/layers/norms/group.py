"""Group normalisation."""

from torch import nn

from trainer.errors import BadRecipe
from trainer.recipe.layers import Group as Settings

FIELD = "model.norm.groups"


class Group:
    """See the settings for the source."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, channels: int, dims: int) -> nn.Module:
        """Raises BadRecipe where the groups are unequal, or of one value each."""
        groups = self.settings.groups
        if channels % groups:
            divisors = [n for n in range(1, groups) if channels % n == 0]
            message = f"does not divide a layer's {channels} channels; take {divisors[-1]}"
            raise BadRecipe(FIELD, groups, message)
        if dims == 1 and groups == channels:
            message = f"groups of one of {channels} units would always be zero; take fewer groups"
            raise BadRecipe(FIELD, groups, message)
        return nn.GroupNorm(groups, channels, eps=self.settings.eps)
