"""Blends of two samples."""

from torch import Tensor

from trainer.augment._images import numbers_only
from trainer.augment._pairs import beta, mixable, mixed, partners
from trainer.form import Form
from trainer.recipe.augment import Mixup as Settings


class Mixup:
    """λx + (1 − λ)x′ and λy + (1 − λ)y′, λ from Beta(α, α), x′ from the same batch.

    Zhang et al. 2018, eq. 1; each pair has a λ of its own. Inputs may be of any shape.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """To shares of the classes [B, form.outputs]; numbers to predict stay numbers.

        Raises BadRecipe where inputs are token ids or targets are masks.
        """
        numbers_only(form, self.settings.name)
        shares = mixable(targets, form, self.settings.name)
        other, kept = partners(inputs), beta(inputs, self.settings.alpha)
        return mixed(inputs, inputs[other], kept), mixed(shares, shares[other], kept)
