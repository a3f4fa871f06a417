"""What it computes, by hand, and that padding says nothing."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.models.text_cnn import TextCnn
from trainer.recipe.text_models import TextCnn as Settings

VOCABULARY, CLASSES = 9, 3
SETTINGS = Settings(dimensions=5, filters=4, widths=[2, 4], dropout=0.0)


def build(length: int, settings: Settings = SETTINGS, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return TextCnn(settings).build(Form((length,), CLASSES, vocabulary=VOCABULARY)).double()


def by_hand(model: nn.Module, text: list[int]) -> Tensor:
    """One text without padding: every window in a loop."""
    vectors = model.get_parameter("embedding.weight")[text]
    found = []
    for width in SETTINGS.widths:
        weight = model.get_parameter(f"conv{width}.weight")  # [filters, dimensions, width]
        bias = model.get_parameter(f"conv{width}.bias")
        short = torch.zeros(max(0, width - len(text)), SETTINGS.dimensions, dtype=torch.float64)
        rows = torch.cat([vectors, short])
        windows = [rows[i : i + width] for i in range(len(rows) - width + 1)]
        answers = [(weight * window.t()).sum(dim=(1, 2)) + bias for window in windows]
        found.append(torch.stack(answers).relu().amax(dim=0))
    output = model.get_parameter("output.weight") @ torch.cat(found)
    return output + model.get_parameter("output.bias")


@given(
    text=st.lists(st.integers(1, VOCABULARY - 1), min_size=1, max_size=9),
    padding=st.integers(0, 6),
)
def test_it_is_what_a_loop_computes_whatever_the_padding(text: list[int], padding: int) -> None:
    model = build(len(text) + padding)
    nn.init.normal_(model.get_parameter("conv2.bias"))
    nn.init.normal_(model.get_parameter("conv4.bias"))
    ids = torch.tensor([text + [0] * padding])
    torch.testing.assert_close(model(ids)[0], by_hand(model, text), rtol=1e-10, atol=1e-10)


@given(length=st.integers(1, 9))
def test_a_text_without_words_is_answered(length: int) -> None:
    logits = build(length)(torch.zeros(2, length, dtype=torch.int64))
    assert logits.isfinite().all()
    assert torch.equal(logits[0], logits[1])


def test_layers_have_names_that_verdicts_can_use() -> None:
    names = [name for name, _ in build(7, Settings(widths=[3, 5])).named_children()]
    assert names == ["embedding", "conv3", "relu3", "conv5", "relu5", "dropout", "output"]


def test_the_papers_size() -> None:
    """Kim 2014, §3.1: 300 dimensions, 100 filters of each width: 360,300 weights and biases."""
    model = TextCnn(Settings(dimensions=300)).build(Form((50,), 2, vocabulary=10))
    counts = {name: sum(p.numel() for p in m.parameters()) for name, m in model.named_children()}
    assert counts["conv3"] + counts["conv4"] + counts["conv5"] == 360_300
    assert counts["embedding"] == 3000
    assert counts["output"] == 602


def test_padding_learns_nothing() -> None:
    model = build(6)
    model(torch.tensor([[1, 2, 3, 0, 0, 0]])).sum().backward()
    gradient = model.get_parameter("embedding.weight").grad
    assert gradient is not None
    assert not gradient[0].any()
    assert gradient[1:4].any()


def test_numbers_are_refused() -> None:
    with pytest.raises(BadRecipe, match=r"model\.name: reads texts .* \[1, 8, 8\]"):
        TextCnn(SETTINGS).build(Form((1, 8, 8), CLASSES))


@pytest.mark.parametrize("widths", [[3, 3], [], [0]], ids=str)
def test_widths_are_refused(widths: list[int]) -> None:
    with pytest.raises(ValueError, match="widths"):
        Settings(widths=widths)
