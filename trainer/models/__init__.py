"""Models, one per file: `build(form)` makes the module for data of this form.

Weights are drawn from torch's global generator, which the loop seeds. Layers have names that
verdicts can use (`fc1`, `conv2`); the one that puts out `form.outputs` is called `output`, also in
an auxiliary head. A model that puts out a list, its heads' outputs from the last to the first, does
so in training mode only.
"""

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.recipe.models import Model

READ_TEXTS = "text_cnn or bag_of_embeddings"


def needs_numbers(form: Form, settings: Model) -> None:
    """What every model calls that does not read texts. Raises BadRecipe for token ids."""
    if form.vocabulary is not None:
        message = f"takes numbers; the data has token ids, which {READ_TEXTS} read"
        raise BadRecipe("model.name", settings.name, message)


def needs_images(form: Form, settings: Model) -> None:
    """Raises BadRecipe where the inputs are not images [C, H, W]."""
    needs_numbers(form, settings)
    if len(form.shape) != 3:
        message = f"takes images [C, H, W]; the data has {list(form.shape)}"
        raise BadRecipe("model.name", settings.name, message)


def needs_one_target(form: Form, settings: Model) -> None:
    """Raises BadRecipe where every pixel has a target of its own."""
    if form.task == "segmentation":
        message = "puts out one answer for each image; the data has masks, for unet"
        raise BadRecipe("model.name", settings.name, message)


def vocabulary_of(form: Form, settings: Model) -> int:
    """The number of different token ids, 0 (padding) included. Raises BadRecipe for numbers."""
    if form.vocabulary is None:
        message = f"reads texts as token ids; the data has numbers {list(form.shape)}"
        raise BadRecipe("model.name", settings.name, message)
    return form.vocabulary
