"""The mean of the words: against torch's EmbeddingBag, in any order."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.models.bag_of_embeddings import Bag, BagOfEmbeddings
from trainer.recipe.text_models import BagOfEmbeddings as Settings

VOCABULARY, CLASSES = 9, 3
FORM = Form((6,), CLASSES, vocabulary=VOCABULARY)
texts = st.lists(st.lists(st.integers(0, VOCABULARY - 1), min_size=6, max_size=6), min_size=1)


@given(ids=texts)
def test_it_is_torchs_embedding_bag(ids: list[list[int]]) -> None:
    ours = Bag(VOCABULARY, 4)
    torchs = nn.EmbeddingBag(VOCABULARY, 4, mode="mean", padding_idx=0)
    torchs.weight = ours.words.weight
    torch.testing.assert_close(ours(torch.tensor(ids)), torchs(torch.tensor(ids)))


@given(text=st.permutations([1, 2, 3, 3, 0, 0]))
def test_order_and_place_of_padding_say_nothing(text: list[int]) -> None:
    torch.manual_seed(0)
    model = BagOfEmbeddings(Settings(hidden=[5])).build(FORM).double()
    first, second = model(torch.tensor([text, [1, 2, 3, 3, 0, 0]]))
    torch.testing.assert_close(first, second)


def test_layers_have_names_that_verdicts_can_use() -> None:
    model = BagOfEmbeddings(Settings(hidden=[5, 4], dropout=0.1)).build(FORM)
    names = [name for name, _ in model.named_children()]
    assert names == ["bag", "fc1", "relu1", "dropout1", "fc2", "relu2", "dropout2", "output"]
    shapes = {n: tuple(p.shape) for n, p in model.named_parameters() if n.endswith("weight")}
    assert shapes == {
        "bag.words.weight": (VOCABULARY, 64),
        "fc1.weight": (5, 64),
        "fc2.weight": (4, 5),
        "output.weight": (CLASSES, 4),
    }


def test_padding_learns_nothing() -> None:
    model = BagOfEmbeddings(Settings()).build(FORM)
    model(torch.tensor([[1, 2, 3, 0, 0, 0]])).sum().backward()
    gradient = model.get_parameter("bag.words.weight").grad
    assert gradient is not None
    assert not gradient[0].any()
    assert gradient[1:4].any()


def test_numbers_are_refused() -> None:
    with pytest.raises(BadRecipe, match=r"model\.name: reads texts .* \[64\]"):
        BagOfEmbeddings(Settings()).build(Form((64,), CLASSES))
