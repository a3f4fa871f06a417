"""Fans are what a unit sums and is summed into: a signal's variance tells."""

import pytest
import torch
from torch import nn

from trainer.layers import initialise
from trainer.layers.fans import Fans, fans_of
from trainer.recipe.layers import He

LAYERS: dict[str, tuple[nn.Module, Fans]] = {
    "dense": (nn.Linear(20, 30), Fans(20, 30)),
    "convolution": (nn.Conv2d(6, 8, 3), Fans(6 * 9, 8 * 9)),
    "text convolution": (nn.Conv1d(6, 8, 5), Fans(6 * 5, 8 * 5)),
    "oblong kernel": (nn.Conv2d(6, 8, (1, 7)), Fans(6 * 7, 8 * 7)),
    "transposed, stride 1": (nn.ConvTranspose2d(6, 8, 3), Fans(6 * 9, 8 * 9)),
    "transposed, 2 by 2": (nn.ConvTranspose2d(6, 8, 2, 2), Fans(6, 8 * 4)),
    "transposed, 4 by 2": (nn.ConvTranspose2d(6, 8, 4, 2), Fans(6 * 4, 8 * 16)),
    "transposed, with gaps": (nn.ConvTranspose2d(6, 8, 2, 3), Fans(6, 8 * 4)),
    "transposed, 2 groups": (nn.ConvTranspose2d(6, 8, 3, groups=2), Fans(3 * 9, 4 * 9)),
    "embedding": (nn.Embedding(100, 8), Fans(1, 8)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_counted_by_hand(name: str) -> None:
    layer, expected = LAYERS[name]
    assert fans_of(layer) == expected


@pytest.mark.parametrize("transposed", [False, True])
def test_torch_agrees_where_it_knows_the_layer(transposed: bool) -> None:
    """torch takes a weight for [out, in, ...], which a transposed convolution's is not."""
    layer = nn.ConvTranspose2d(6, 8, 3) if transposed else nn.Conv2d(6, 8, 3)
    theirs = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    assert tuple(fans_of(layer)) == (theirs[::-1] if transposed else theirs)


SPATIAL: dict[str, nn.Module] = {
    "3": nn.Conv2d(32, 16, 3),
    "3 by 2": nn.Conv2d(32, 16, 3, 2),
    "up 3": nn.ConvTranspose2d(32, 16, 3),
    "up 2 by 2": nn.ConvTranspose2d(32, 16, 2, 2),
    "up 3 by 2": nn.ConvTranspose2d(32, 16, 3, 2),
    "up 4 by 2": nn.ConvTranspose2d(32, 16, 4, 2, 1),
    "up 4 by 2, 2 groups": nn.ConvTranspose2d(32, 16, 4, 2, 1, groups=2),
}


@pytest.mark.parametrize("name", SPATIAL)
def test_by_fan_in_the_variance_stays(name: str) -> None:
    torch.manual_seed(0)
    layer = SPATIAL[name]
    initialise(layer, He(), None)
    with torch.no_grad():
        outputs = layer(torch.randn(32, 32, 20, 20))[:, :, 3:-3, 3:-3]  # away from the border
    assert outputs.square().mean().item() == pytest.approx(1.0, rel=0.1)
