"""No norm."""

from torch import nn

from trainer.recipe.layers import None_ as Settings


class None_:  # noqa: N801  # PEP 8's name for a keyword
    """Nothing is built."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, channels: int, dims: int) -> nn.Module | None:
        return None
