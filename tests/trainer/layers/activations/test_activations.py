"""Each activation against its formula, and each gain against what it is for."""

import math

import numpy as np
import pytest
import torch
from scipy import special
from torch import nn

from trainer.layers import activation
from trainer.menu import KINDS, part
from trainer.recipe import Recipe, entries
from trainer.recipe.layers import Activation, Elu, LeakyRelu

X = np.linspace(-6, 6, 241)
NEGATIVE, POSITIVE = np.minimum(X, 0), np.maximum(X, 0)
SCALE, SHARPNESS = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
FORMULAS = {
    "relu": POSITIVE,
    "leaky_relu": POSITIVE + 0.01 * NEGATIVE,
    "prelu": POSITIVE + 0.25 * NEGATIVE,
    "elu": POSITIVE + np.exp(NEGATIVE) - 1,
    "selu": SCALE * (POSITIVE + SHARPNESS * (np.exp(NEGATIVE) - 1)),  # the paper's appendix
    "gelu": X * special.ndtr(X),
    "silu": X / (1 + np.exp(-X)),
    "tanh": np.tanh(X),
    "sigmoid": 1 / (1 + np.exp(-X)),
}
NAMES = KINDS["activation"].names()


def make(name: str) -> nn.Module:
    return activation(entries(Activation)[name]())


@pytest.mark.parametrize("name", NAMES)
def test_formula(name: str) -> None:
    found = make(name).double()(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(found, FORMULAS[name], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("slope", [0.0, 0.125, 1.0])
def test_a_leak_equals_torchs(slope: float) -> None:
    """The gradient too, and at zero."""
    assert_same(LeakyRelu(slope=slope), nn.LeakyReLU(slope))


@pytest.mark.parametrize("alpha", [0.0, 0.5, 2.0])
def test_elu_equals_torchs(alpha: float) -> None:
    assert_same(Elu(alpha=alpha), nn.ELU(alpha))


def assert_same(ours: Activation, theirs: nn.Module) -> None:
    found = []
    for module in (activation(ours).double(), theirs):
        x = torch.tensor(X, requires_grad=True)
        y = module(x)
        y.sum().backward()
        assert x.grad is not None
        found.append((y.detach(), x.grad))
    torch.testing.assert_close(found[0], found[1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["leaky_relu", "elu"])
def test_a_slope_is_a_buffer_and_in_no_checkpoint(name: str) -> None:
    module = make(name)
    assert len(list(module.buffers())) == 1
    assert not module.state_dict()


@pytest.mark.parametrize("name", ["leaky_relu", "elu"])
def test_under_autocast_inputs_may_be_bfloat16(name: str) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        hidden = nn.Linear(4, 4)(torch.randn(2, 4))
        assert make(name)(hidden).dtype is hidden.dtype is torch.bfloat16


TABLE = {"tanh": 5 / 3, "sigmoid": 1.0, "selu": 3 / 4, "relu": math.sqrt(2)}
CLOSED = {
    # By parts, with Φ the normal distribution: E[(zΦ)²] = E[Φ²] + 2E[zΦφ] = 1/3 + 1/(2π√3).
    "gelu": (1 / 3 + 1 / (2 * math.pi * math.sqrt(3))) ** -0.5,
    # ∫₋∞⁰ (eᶻ − 1)² φ dz = e²Φ(−2) − 2√e Φ(−1) + 1/2, and 1/2 from above zero.
    "elu": (1 + math.e**2 * special.ndtr(-2) - 2 * math.e**0.5 * special.ndtr(-1)) ** -0.5,
}


@pytest.mark.parametrize("name", TABLE)
def test_gains_of_torchs_table(name: str) -> None:
    assert part("activation", entries(Activation)[name]()).gain == pytest.approx(TABLE[name])


@pytest.mark.parametrize("name", CLOSED)
def test_gains_with_a_closed_form(name: str) -> None:
    gain = part("activation", entries(Activation)[name]()).gain
    assert gain == pytest.approx(CLOSED[name], rel=1e-7)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "prelu", "elu", "gelu", "silu"])
def test_a_gain_keeps_the_second_moment(name: str) -> None:
    """Sampled: gain·f(z) of standard normal z has a mean square of 1."""
    z = torch.randn(1_000_000, generator=torch.Generator().manual_seed(0))
    gain = part("activation", entries(Activation)[name]()).gain
    assert (gain * make(name)(z)).square().mean().item() == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_a_leaks_gain_follows_its_slope(slope: float) -> None:
    gain = part("activation", LeakyRelu(slope=slope)).gain
    assert gain == pytest.approx(math.sqrt(2 / (1 + slope**2)))


@pytest.mark.parametrize("alpha", [0.0, 3.0])
def test_an_elus_gain_follows_its_alpha(alpha: float) -> None:
    below = math.e**2 * special.ndtr(-2) - 2 * math.e**0.5 * special.ndtr(-1) + 0.5
    gain = part("activation", Elu(alpha=alpha)).gain
    assert gain == pytest.approx((0.5 + alpha**2 * below) ** -0.5, rel=1e-7)


def test_selus_two_numbers_keep_the_second_moment_with_gain_1() -> None:
    z = torch.randn(1_000_000, generator=torch.Generator().manual_seed(0))
    assert make("selu")(z).square().mean().item() == pytest.approx(1.0, rel=0.01)


def test_trials_of_one_stack_may_differ_in_their_slope() -> None:
    def key(activation: object) -> str:
        return Recipe.model_validate({"model": {"activation": activation}}).stack_key()

    assert key({"name": "leaky_relu", "slope": 0.2}) == key("leaky_relu") != key("relu")
    assert key({"name": "elu", "alpha": 0.2}) == key("elu") != key("leaky_relu")
