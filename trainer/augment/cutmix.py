"""A box of another image."""

import torch
from torch import Tensor

from trainer.augment._images import images_only
from trainer.augment._pairs import beta, mixable, mixed, partners
from trainer.form import Form
from trainer.recipe.augment import Cutmix as Settings


class Cutmix:
    """Inside a random box x′, else x; λy + (1 − λ)y′ with λ the share of pixels outside of the box.

    Yun et al. 2019, eq. 1 and 2: with λ from Beta(α, α) the box has sides W√(1 − λ) and H√(1 − λ)
    and its centre anywhere; it is cut at the border, and λ set to what it then leaves.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """To shares of the classes [B, form.outputs]; numbers to predict stay numbers.

        Raises BadRecipe where inputs are no images or targets are masks.
        """
        images_only(form, self.settings.name)
        shares = mixable(targets, form, self.settings.name)
        other, cut = partners(inputs), (1.0 - beta(inputs, self.settings.alpha)).sqrt()
        rows, columns = (_within(inputs.shape[axis], cut) for axis in (-2, -1))
        box = rows.unsqueeze(2) & columns.unsqueeze(1)
        kept = 1.0 - box.to(inputs.dtype).mean(dim=(1, 2))
        images = torch.where(box.unsqueeze(1), inputs[other], inputs)
        return images, mixed(shares, shares[other], kept)


def _within(size: int, share: Tensor) -> Tensor:
    """[B, size]: the pixels of one side that are within a random stretch of about share · size."""
    centre = torch.rand_like(share) * size
    pixels = torch.arange(size, device=share.device) + 0.5
    return (pixels - centre.unsqueeze(1)).abs() < share.unsqueeze(1) * size / 2
