"""Random brightness."""

from torch import Tensor

from trainer.augment._images import blended, images_only, uniform
from trainer.form import Form
from trainer.recipe.augment import Brightness as Settings


class Brightness:
    """f·x for each image, f within 1 ± amount."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """Raises BadRecipe where inputs are no images."""
        images_only(form, self.settings.name)
        amount = self.settings.amount
        return blended(inputs, 0.0, uniform(inputs, 1.0 - amount, 1.0 + amount)), targets
