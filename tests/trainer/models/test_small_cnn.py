"""Layers, and pooling of odd and small images."""

import pytest
from torch import nn

from trainer.form import Form
from trainer.models.small_cnn import SmallCnn
from trainer.recipe.models import SmallCnn as Settings


def test_layers_have_names_that_verdicts_can_use() -> None:
    model = SmallCnn(Settings(channels=[4, 6], dropout=0.1)).build(Form((3, 9, 8), 5))
    assert [name for name, _ in model.named_children()] == [
        "conv1",
        "relu1",
        "pool1",
        "conv2",
        "relu2",
        "pool2",
        "flatten",
        "dropout",
        "output",
    ]


@pytest.mark.parametrize(
    ("shape", "left"),
    [((1, 8, 8), 2 * 2), ((1, 9, 7), 2 * 1), ((1, 1, 1), 1), ((1, 1, 16), 4), ((1, 2, 3), 1)],
)
def test_each_side_is_halved_down_to_one_pixel(shape: tuple[int, ...], left: int) -> None:
    output = SmallCnn(Settings(channels=[4, 6])).build(Form(shape, 5)).get_submodule("output")
    assert isinstance(output, nn.Linear)
    assert output.in_features == 6 * left
