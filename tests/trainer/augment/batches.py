"""Batches to augment, and augmentations made from the settings of a recipe."""

from typing import Any

import torch
from torch import Tensor

from trainer.form import Form
from trainer.menu import KINDS, part
from trainer.recipe import Recipe

NAMES = KINDS["augment"].names()
MIXING = ("mixup", "cutmix")
CLASSES = 4
RGB = Form((3, 8, 6), CLASSES)
SEGMENTATION = Form((3, 8, 8), CLASSES, "segmentation")


def made(name: str, **settings: Any) -> Any:
    recipe = Recipe.model_validate({"augment": [{"name": name, **settings}]})
    return part("augment", recipe.augment[0])


def batch(form: Form, samples: int = 16) -> tuple[Tensor, Tensor]:
    """Images of 0..1 and labels, masks or numbers to predict."""
    generator = torch.Generator().manual_seed(1)
    inputs = torch.rand(samples, *form.shape, generator=generator)
    if form.task == "regression":
        return inputs, torch.rand(samples, form.outputs, generator=generator)
    shape = form.shape[1:] if form.task == "segmentation" else ()
    return inputs, torch.randint(form.outputs, (samples, *shape), generator=generator)


def applied(name: str, form: Form, seed: int = 0, **settings: Any) -> tuple[Tensor, Tensor]:
    torch.manual_seed(seed)
    inputs, targets = made(name, **settings).apply(*batch(form), form)
    return inputs, targets
