"""No preprocessing."""

from torch import Tensor, nn

from trainer.form import Form
from trainer.recipe.preprocess import None_ as Settings


class None_:  # noqa: N801  # PEP 8's name for a keyword
    """Inputs as they are."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        return nn.Identity()

    def fit(self, module: nn.Module, inputs: Tensor) -> None:
        """Nothing is measured."""
