"""Losses, one per file: `build(form)` makes a module of (outputs, targets) → scalar.

It is the mean over the batch. A loss may have weights of its own, which are trained along. `form`
is the data's; what the model must put out for it says `model_form`.
"""

from dataclasses import replace

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.recipe.losses import Embedding, Loss, misfit


def model_form(settings: Loss, form: Form) -> Form:
    """The form a model needs for this loss on data of `form`."""
    return replace(form, outputs=settings.dimensions) if isinstance(settings, Embedding) else form


def refuse_misfit(settings: Loss, form: Form) -> None:
    """Raises BadRecipe where the loss is for other data."""
    found = misfit(settings, form.task)
    if found is not None:
        raise BadRecipe(found.field, found.value, found.message)
