"""What every norm must do, whatever it is; and over which axes each normalises."""

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.layers import activation, norm
from trainer.menu import KINDS, part
from trainer.recipe import Recipe, entries
from trainer.recipe.layers import Activation, Group, Instance, Layer, LrnIntra, Norm

NORMS, ACTIVATIONS = KINDS["norm"].names(), KINDS["activation"].names()
IMAGES_ONLY = ("instance", "lrn_intra")
ALONE = ("none", "layer", "instance", "group", "lrn", "lrn_intra")  # see one sample at a time
CHANNELS = 16
CASES = [(n, d) for n in NORMS for d in (1, 2) if d == 2 or n not in IMAGES_ONLY]


def chosen(name: str) -> Norm:
    return entries(Norm)[name]()


def build(settings: Norm, channels: int, dims: int) -> nn.Module:
    module = norm(settings, channels, dims)
    return nn.Identity() if module is None else module.double()


def network(name: str, active: Activation, dims: int, seed: int = 0) -> nn.Sequential:
    """layer → norm → activation → layer, to 3 numbers a sample; everything in double precision."""
    torch.manual_seed(seed)
    first = nn.Linear(6, CHANNELS) if dims == 1 else nn.Conv2d(2, CHANNELS, 3)
    last = nn.Linear(CHANNELS * (1 if dims == 1 else 4), 3)
    normed = build(chosen(name), CHANNELS, dims)
    return nn.Sequential(first, normed, activation(active), nn.Flatten(), last).double()


def inputs(dims: int, samples: int = 12, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (samples, 6) if dims == 1 else (samples, 2, 4, 4)
    return 1 + 2 * torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(("name", "dims"), CASES)
@pytest.mark.parametrize("active", ACTIVATIONS)
def test_a_step_lowers_the_loss(name: str, dims: int, active: str) -> None:
    model = network(name, entries(Activation)[active](), dims)
    x, y = inputs(dims), torch.arange(12) % 3
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize(("name", "dims"), CASES)
def test_samples_do_not_see_each_other_in_evaluation(name: str, dims: int) -> None:
    model = network(name, entries(Activation)["tanh"](), dims)
    model(inputs(dims, seed=2))
    x = inputs(dims)
    model.eval()
    torch.testing.assert_close(model(x)[:3], model(x[:3]), rtol=1e-12, atol=1e-12)
    model.train()
    apart = torch.allclose(model(x)[:3], model(x[:3]), rtol=1e-9)
    assert apart == (name in ALONE)


@pytest.mark.parametrize(("name", "dims"), CASES)
def test_one_row_is_trained_on(name: str, dims: int) -> None:
    """The last batch of an epoch may be that small."""
    model = network(name, entries(Activation)["tanh"](), dims)
    outputs = model(inputs(dims, samples=1))
    outputs.square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert all(buffer.isfinite().all() for buffer in model.buffers())


def of(kind: str, number: int) -> Activation:
    """The activations of one stack, with a slope each where they have one."""
    settings = entries(Activation)[kind]
    return settings(**dict.fromkeys(settings.per_trial, 0.1 * (number + 1)))


@pytest.mark.parametrize(
    ("name", "dims", "active"),
    [*((n, d, "tanh") for n, d in CASES), *(("none", 1, a) for a in ACTIVATIONS)],
)
def test_a_stack_equals_its_trials(name: str, dims: int, active: str) -> None:
    """Outputs, gradients and buffers after three steps; state carries a leading trial dimension."""
    alone = [network(name, of(active, seed), dims, seed) for seed in range(3)]
    parameters, buffers = stack_module_state(copy.deepcopy(alone))

    def loss(parameters: Any, buffers: Any, x: Tensor) -> Tensor:
        total: Tensor = functional_call(alone[0], (parameters, buffers), (x,)).sin().sum()
        return total

    for step in range(3):
        x = inputs(dims, seed=step)
        stacked = vmap(grad(loss), in_dims=(0, 0, None))(parameters, buffers, x)
        for number, model in enumerate(alone):
            model.zero_grad()
            model(x).sin().sum().backward()
            for key, parameter in model.named_parameters():
                assert parameter.grad is not None
                torch.testing.assert_close(stacked[key][number], parameter.grad)
    for number, model in enumerate(alone):
        for key, buffer in model.named_buffers():
            torch.testing.assert_close(buffers[key][number], buffer)


SHAPES = st.tuples(st.integers(2, 5), st.integers(1, 3), st.integers(2, 4), st.integers(1, 4))
SCALES = st.floats(0.01, 100)
# name → the axes that share one mean and variance, of [N, groups, C / groups, H, W]
AXES = {
    "batch": (0, 3, 4),
    "batch_renorm": (0, 3, 4),  # in its warm-up
    "layer": (1, 2, 3, 4),
    "instance": (3, 4),
    "group": (2, 3, 4),
}


@pytest.mark.parametrize("name", AXES)
@given(shape=SHAPES, scale=SCALES, shift=st.floats(-10, 10), seed=st.integers(0, 2**31))
def test_mean_0_and_variance_1(
    name: str, shape: tuple[int, int, int, int], scale: float, shift: float, seed: int
) -> None:
    samples, pairs, *sides = shape
    generator = torch.Generator().manual_seed(seed)
    x = scale * torch.randn(samples, 2 * pairs, *sides, generator=generator).double() + shift
    settings = Group(groups=pairs) if name == "group" else chosen(name)
    y = build(settings, 2 * pairs, 2)(x).detach()
    grouped = (tensor.unflatten(1, (pairs, 2)) for tensor in (x, y))
    (variance, _), (found, mean) = (torch.var_mean(t, AXES[name], correction=0) for t in grouped)
    torch.testing.assert_close(mean, torch.zeros_like(mean), rtol=0, atol=1e-7)
    torch.testing.assert_close(found, variance / (variance + 1e-5), rtol=1e-6, atol=1e-9)


@given(
    samples=st.integers(1, 5),
    units=st.integers(1, 4),
    groups=st.integers(1, 4),
    scale=SCALES,
    seed=st.integers(0, 2**31),
)
def test_rows_are_normalised_in_their_groups(
    samples: int, units: int, groups: int, scale: float, seed: int
) -> None:
    channels = 2 * units * groups
    generator = torch.Generator().manual_seed(seed)
    x = scale * torch.randn(samples, channels, generator=generator).double()
    for settings, rows in ((Group(groups=groups), x.view(samples, groups, -1)), (Layer(), x)):
        variance, mean = torch.var_mean(rows, -1, correction=0, keepdim=True)
        expected = ((rows - mean) / (variance + 1e-5).sqrt()).view(samples, channels)
        torch.testing.assert_close(build(settings, channels, 1)(x), expected)


@pytest.mark.parametrize(("name", "dims"), CASES)
def test_a_scale_and_a_shift_for_each_channel(name: str, dims: int) -> None:
    found = {p: tuple(v.shape) for p, v in build(chosen(name), CHANNELS, dims).named_parameters()}
    names = {p.rpartition(".")[2] for p in found}
    assert names == (set() if name in ("none", "lrn", "lrn_intra") else {"weight", "bias"})
    assert set(found.values()) <= {(CHANNELS,)}


@pytest.mark.parametrize("settings", [Instance(), LrnIntra()])
def test_pixels_are_needed(settings: Norm) -> None:
    with pytest.raises(BadRecipe, match="take layer, group or lrn") as refused:
        norm(settings, 8, dims=1)
    assert (refused.value.field, refused.value.value) == ("model.norm", settings.name)


@pytest.mark.parametrize(
    ("groups", "channels", "dims", "message"),
    [
        (4, 6, 2, "does not divide a layer's 6 channels; take 3"),
        (8, 7, 1, "does not divide a layer's 7 channels; take 7"),
        (32, 16, 2, "does not divide a layer's 16 channels; take 16"),
        (16, 16, 1, "groups of one of 16 units would always be zero"),
    ],
)
def test_groups_that_do_not_fit(groups: int, channels: int, dims: int, message: str) -> None:
    with pytest.raises(BadRecipe, match=message) as refused:
        norm(Group(groups=groups), channels, dims)
    assert (refused.value.field, refused.value.value) == ("model.norm.groups", groups)


def test_a_layer_of_one_unit_is_refused() -> None:
    with pytest.raises(BadRecipe, match="always be zero"):
        norm(Layer(), 1, dims=1)
    assert norm(Layer(), 1, dims=2) is not None


@pytest.mark.parametrize("name", NORMS)
def test_in_a_model_of_a_recipe(name: str) -> None:
    recipe = Recipe.model_validate({"model": {"name": "small_cnn", "norm": name}})
    model: nn.Module = part("model", recipe.model).build(Form((1, 8, 8), 10))
    assert model(torch.randn(3, 1, 8, 8)).shape == (3, 10)
    assert (f"{name}1" in dict(model.named_children())) == (name != "none")
