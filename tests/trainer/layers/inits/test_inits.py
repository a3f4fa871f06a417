"""Initialisations have the statistics of their papers."""

import math

import pytest
import torch
from torch import Tensor, nn

from trainer import layers as built
from trainer.menu import KINDS, part
from trainer.recipe import entries
from trainer.recipe.layers import Activation, Constant, Init, SmallNormal, Xavier

GAINS = {"relu": math.sqrt(2), "tanh": 5 / 3, "sigmoid": 1.0, "linear": 1.0}
CONV = (64, 128)  # channels in and out, 3×3


def layers() -> list[tuple[nn.Linear | nn.Conv2d, int, int]]:
    """Layer, fan in, fan out."""
    linear, conv = nn.Linear(512, 1024), nn.Conv2d(*CONV, 3)
    return [(linear, 512, 1024), (conv, CONV[0] * 9, CONV[1] * 9)]


def initialise(layer: nn.Module, init: str | Init, activation: str) -> None:
    """By the names of a recipe; `linear` for an output."""
    follows = None if activation == "linear" else entries(Activation)[activation]()
    chosen = entries(Init)[init]() if isinstance(init, str) else init
    built.initialise(layer, chosen, follows)


@pytest.mark.parametrize("activation", GAINS)
def test_he(activation: str) -> None:
    for layer, fan_in, _ in layers():
        initialise(layer, "he", activation)
        expected = GAINS[activation] / math.sqrt(fan_in)
        assert layer.weight.std().item() == pytest.approx(expected, rel=0.02)
        assert layer.weight.mean().item() == pytest.approx(0.0, abs=1e-3)
        assert layer.weight.abs().max() > 3 * expected  # normal, not uniform


@pytest.mark.parametrize("activation", GAINS)
def test_xavier(activation: str) -> None:
    for layer, fan_in, fan_out in layers():
        initialise(layer, "xavier", activation)
        bound = GAINS[activation] * math.sqrt(6 / (fan_in + fan_out))
        assert bound * 0.99 < layer.weight.abs().max().item() <= bound
        assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.02)


@pytest.mark.parametrize("activation", GAINS)
def test_xavier_with_the_papers_gain(activation: str) -> None:
    for layer, fan_in, fan_out in layers():
        initialise(layer, Xavier(gain=1.0), activation)
        bound = math.sqrt(6 / (fan_in + fan_out))
        assert bound * 0.99 < layer.weight.abs().max().item() <= bound


@pytest.mark.parametrize("activation", GAINS)
def test_lecun_has_no_gain(activation: str) -> None:
    for layer, fan_in, _ in layers():
        initialise(layer, "lecun", activation)
        assert layer.weight.std().item() == pytest.approx(1 / math.sqrt(fan_in), rel=0.02)


@pytest.mark.parametrize("activation", GAINS)
def test_orthogonal(activation: str) -> None:
    """rows = outputs: orthogonal to each other where they are the fewer, else the columns are."""
    for layer, _, _ in layers():
        initialise(layer, "orthogonal", activation)
        matrix = layer.weight.detach().double().flatten(1)
        rows, columns = matrix.shape
        product = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
        unit = torch.eye(min(rows, columns), dtype=torch.float64)
        torch.testing.assert_close(product, GAINS[activation] ** 2 * unit, rtol=0, atol=1e-5)


@pytest.mark.parametrize("activation", GAINS)
def test_zeros_and_constants(activation: str) -> None:
    for layer, _, _ in layers():
        initialise(layer, "zeros", activation)
        assert not layer.weight.any()
        initialise(layer, Constant(value=-0.3), activation)
        assert torch.equal(layer.weight, torch.full_like(layer.weight, -0.3))


@pytest.mark.parametrize("activation", GAINS)
def test_a_small_normal_knows_neither_fans_nor_gain(activation: str) -> None:
    for layer, _, _ in layers():
        initialise(layer, "small_normal", activation)
        assert layer.weight.std().item() == pytest.approx(0.01, rel=0.02)
        initialise(layer, SmallNormal(std=0.5), activation)
        assert layer.weight.std().item() == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("init", KINDS["init"].names())
def test_biases_start_at_zero_and_may_be_missing(init: str) -> None:
    for layer, _, _ in layers():
        initialise(layer, init, "relu")
        assert layer.bias is not None
        assert not layer.bias.any()
    initialise(nn.Linear(3, 3, bias=False), init, "relu")


@pytest.mark.parametrize("init", KINDS["init"].names())
def test_embeddings_keep_their_padding_at_zero(init: str) -> None:
    words = nn.Embedding(40, 8, padding_idx=3)
    initialise(words, init, "linear")
    rows = words.weight.detach().abs().amax(dim=1)
    assert rows[3] == 0
    assert (rows > 0).sum() == (0 if init == "zeros" else 39)


@pytest.mark.parametrize("init", ["he", "lecun"])
def test_embeddings_begin_standard_normal(init: str) -> None:
    """As torch's own: of a one-hot word one input is on, and its fan in is 1."""
    words = nn.Embedding(2000, 64)
    initialise(words, init, "linear")
    assert words.weight.std().item() == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("init", KINDS["init"].names())
@pytest.mark.parametrize("layer", ["prelu", "batch", "layer"])
def test_scales_and_slopes_are_left_alone(layer: str, init: str) -> None:
    module: nn.Module = {
        "prelu": nn.PReLU(6),
        "batch": nn.BatchNorm2d(6),
        "layer": nn.LayerNorm(6),
    }[layer]
    nn.init.constant_(module.get_parameter("weight"), 0.7)
    initialise(module, init, "relu")
    assert torch.equal(module.get_parameter("weight"), torch.full((6,), 0.7))


SOUND = ["relu", "leaky_relu", "prelu", "elu", "gelu", "silu"]


@pytest.mark.parametrize("name", SOUND)
def test_he_carries_a_signal_through_ten_layers(name: str) -> None:
    """With another activation's gain it does not arrive: ten layers take the error to the tenth."""

    def arrives(gain_of: str) -> float:
        torch.manual_seed(0)
        signal, active = torch.randn(64, 512), built.activation(entries(Activation)[name]())
        for _ in range(10):
            layer = nn.Linear(512, 512)
            initialise(layer, "he", gain_of)
            signal = layer(active(signal)).detach()
        return signal.square().mean().item()

    assert 0.4 < arrives(name) < 2.5
    assert arrives("linear") < 0.1


def test_selu_with_lecun_comes_back_to_mean_0_and_variance_1() -> None:
    """Klambauer et al. 2017: from a wrong start too."""
    torch.manual_seed(0)
    signal: Tensor = 0.3 + 1.4 * torch.randn(64, 512)
    for _ in range(20):
        layer = nn.Linear(512, 512)
        initialise(layer, "lecun", "selu")
        signal = nn.functional.selu(layer(signal)).detach()
    assert signal.mean().item() == pytest.approx(0.0, abs=0.1)
    assert signal.var().item() == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("init", KINDS["init"].names())
def test_the_global_generator_decides(init: str) -> None:
    drawn = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        layer = nn.Linear(4, 4)
        initialise(layer, init, "relu")
        drawn.append(layer.weight)
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[0], drawn[2]) == (init in ("zeros", "constant"))


def test_every_activation_has_a_gain() -> None:
    for name, settings in entries(Activation).items():
        assert 0.5 < part("activation", settings()).gain < 5, name
