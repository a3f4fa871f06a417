"""Random contrast."""

from torch import Tensor

from trainer.augment._images import blended, grey, images_only, uniform
from trainer.form import Form
from trainer.recipe.augment import Contrast as Settings


class Contrast:
    """m + f·(x − m) for each image, m the mean of its grey and f within 1 ± amount."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """Raises BadRecipe where inputs are no images."""
        images_only(form, self.settings.name)
        amount = self.settings.amount
        mean = grey(inputs).mean(dim=(2, 3), keepdim=True)
        return blended(inputs, mean, uniform(inputs, 1.0 - amount, 1.0 + amount)), targets
