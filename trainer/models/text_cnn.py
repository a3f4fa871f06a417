"""Convolutions over words."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.form import Form
from trainer.layers import activation, dropout, initialise
from trainer.models import needs_one_target, vocabulary_of
from trainer.recipe.text_models import TextCnn as Settings


class TextCnn:
    """embedding → a convolution for each width → activation → max over time → dropout → output.

    Kim, *Convolutional Neural Networks for Sentence Classification*, EMNLP 2014, §2.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From token ids [N, L] to logits [N, outputs]. Raises BadRecipe for other inputs."""
        needs_one_target(form, self.settings)
        return _Network(self.settings, vocabulary_of(form, self.settings), form.outputs)


class _Network(nn.Module):
    def __init__(self, chosen: Settings, vocabulary: int, outputs: int) -> None:
        super().__init__()
        self.widths = chosen.widths
        self.names = [(f"conv{w}", f"{chosen.activation.name}{w}") for w in self.widths]
        self.embedding = nn.Embedding(vocabulary, chosen.dimensions, padding_idx=0)
        initialise(self.embedding, chosen.init, None)
        for width, (conv, active) in zip(self.widths, self.names, strict=True):
            layer = nn.Conv1d(chosen.dimensions, chosen.filters, width)
            initialise(layer, chosen.init, chosen.activation)
            self.add_module(conv, layer)
            self.add_module(active, activation(chosen.activation))
        self.dropout = None
        if chosen.dropout:
            self.dropout = dropout(chosen.dropout, activation=chosen.activation)
        self.output = nn.Linear(chosen.filters * len(self.widths), outputs)
        initialise(self.output, chosen.init, None)

    def forward(self, ids: Tensor) -> Tensor:
        """A text shorter than the widest filter is padded to its width."""
        ids = F.pad(ids, (0, max(0, max(self.widths) - ids.shape[1])))
        vectors = self.embedding(ids).transpose(1, 2)  # [N, dimensions, L]
        strongest = []
        for width, (conv, active) in zip(self.widths, self.names, strict=True):
            answers = self.get_submodule(active)(self.get_submodule(conv)(vectors))
            strongest.append(_max_over_time(answers, ids, width))
        found = torch.cat(strongest, dim=1)
        logits: Tensor = self.output(found if self.dropout is None else self.dropout(found))
        return logits


def _max_over_time(answers: Tensor, ids: Tensor, width: int) -> Tensor:
    """From a filter's answers [N, filters, L − width + 1] to its strongest [N, filters].

    Only windows that hold as many words as any of their text count: all of them words, or the
    whole text where it is shorter. So neither padding nor its amount changes what is found.
    """
    words = (ids != 0).unfold(1, width, 1).sum(dim=2)
    emptier = words < words.amax(dim=1, keepdim=True)
    return answers.masked_fill(emptier.unsqueeze(1), -torch.inf).amax(dim=2)
