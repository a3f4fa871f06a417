"""The mean of the words, without their order."""

from torch import Tensor, nn

from trainer.form import Form
from trainer.layers import initialise
from trainer.models import needs_one_target, vocabulary_of
from trainer.models._layers import add_dropout, add_layer, append, output_of
from trainer.recipe.text_models import BagOfEmbeddings as Settings


class BagOfEmbeddings:
    """embedding → mean over words → (fc → norm → activation → dropout) for each width → output."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From token ids [N, L] to logits [N, outputs]. Raises BadRecipe for other inputs."""
        chosen = self.settings
        needs_one_target(form, chosen)
        bag = Bag(vocabulary_of(form, chosen), chosen.dimensions)
        initialise(bag.words, chosen.init, None)
        model = nn.Sequential()
        append(model, "bag", bag)
        width = chosen.dimensions
        for number, hidden in enumerate(chosen.hidden, start=1):
            add_layer(model, number, nn.Linear(width, hidden), chosen)
            add_dropout(model, f"dropout{number}", chosen)
            width = hidden
        append(model, "output", output_of(width, form.outputs, chosen))
        return model


class Bag(nn.Module):
    """From ids [N, L] to the mean of their vectors [N, dimensions], without padding.

    A text without a word is the zero vector. nn.EmbeddingBag does the same, but has no batching
    rule in torch.func: a stack would run it once for each trial.
    """

    def __init__(self, vocabulary: int, dimensions: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, dimensions, padding_idx=0)

    def forward(self, ids: Tensor) -> Tensor:
        number = (ids != 0).sum(dim=1, keepdim=True).clamp(min=1)
        mean: Tensor = self.words(ids).sum(dim=1) / number  # the vector of padding is zero
        return mean
