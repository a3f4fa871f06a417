"""Random rotations."""

from kornia.geometry.transform import rotate
from torch import Tensor

from trainer.augment._images import images_only, moved, uniform
from trainer.form import Form
from trainer.recipe.augment import Rotate as Settings


class Rotate:
    """Each image [C, H, W] by its own angle; bilinear, and 0 where nothing comes in."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """Raises BadRecipe where inputs are no images."""
        images_only(form, self.settings.name)
        angles = uniform(inputs, -self.settings.degrees, self.settings.degrees)
        return moved(lambda x, mode: rotate(x, angles, mode=mode), inputs, targets, form)
