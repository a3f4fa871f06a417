"""Layers that learn from inputs alone, before labels are used."""

from typing import ClassVar

from pydantic import Field

from trainer.recipe.ingredient import Settings
from trainer.recipe.models import Mlp, Model
from trainer.recipe.problems import Problem


class Pretraining(Settings):
    """Greedy and layer by layer: each hidden layer of an `mlp` learns to give back its inputs.

    From the first on, a layer is trained as an autoencoder on what the one before puts out, which
    is left as it is; then all are trained with labels (Bengio et al. 2007, §2.3, after Hinton et
    al. 2006). Inputs are those of the training set and of `split.labels_per_class`'s others. Adam
    trains each layer for `epochs` at `lr`. `noise` is the share of a layer's inputs that is set to
    zero, while the whole is to be given back (Vincent et al. 2008, §2.3).
    """

    epochs: int = Field(default=10, ge=1, le=100_000)
    lr: float = Field(default=1e-3, gt=0.0)
    noise: float = Field(default=0.0, ge=0.0, lt=1.0)
    batch_size: int = Field(default=64, ge=1, le=1_000_000)
    per_trial: ClassVar[frozenset[str]] = frozenset()
    unstackable: ClassVar[str | None] = (
        "each layer is pretrained alone before the first epoch, and the trials of a stack take "
        "every step together"
    )


def misfit(settings: Pretraining | None, model: Model) -> Problem | None:
    """Why this model cannot be pretrained; the field is a recipe path."""
    if settings is None:
        return None
    if not isinstance(model, Mlp):
        message = f"trains the hidden layers of an mlp one by one; leave it out for {model.name}"
        return Problem("pretraining", model.name, message)
    if not model.hidden:
        return Problem("model.hidden", [], "has no layer that could be pretrained")
    return None
