"""Batch renormalisation against its algorithm, written out in loops, in double precision."""

import copy
import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.autograd import gradcheck
from torch.func import functional_call

from diagnostics.probes.modes import regularisation_off
from trainer.layers import norm
from trainer.recipe.layers import Batch, BatchRenorm

SHAPES = [(2, 3), (7, 4), (1, 3, 2, 2), (2, 3, 1, 1), (5, 2, 3, 4)]
OPEN: dict[str, Any] = {"warm_up": 0, "relax": 1}  # from the second step on


def make(channels: int, dims: int = 2, **settings: Any) -> nn.Module:
    """With a weight and a bias that are not 1 and 0."""
    module = norm(BatchRenorm(**settings), channels, dims)
    assert module is not None
    with torch.no_grad():
        module.get_parameter("weight").copy_(torch.rand(channels) + 0.5)
        module.get_parameter("bias").copy_(torch.randn(channels))
    return module.double()


def some(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 2 + 3 * torch.randn(*shape, dtype=torch.float64, generator=generator)


class Twin:
    """Ioffe 2017, algorithm 1: one channel and one number at a time; r and d are mere numbers."""

    def __init__(self, channels: int, chosen: BatchRenorm) -> None:
        self.chosen, self.done = chosen, 0
        self.mean, self.std = [0.0] * channels, [1.0] * channels

    def __call__(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        opened = min(1.0, max(0.0, (self.done - self.chosen.warm_up) / self.chosen.relax))
        self.done += 1
        y = torch.empty_like(x)
        for c in range(x.shape[1]):
            values = list(x[:, c].flatten())
            mean = sum(values) / len(values)
            squares = sum((v - mean) ** 2 for v in values) / len(values)
            std = (squares + self.chosen.eps) ** 0.5
            r, d = self._corrections(c, mean.item(), std.item(), opened)
            new = [weight[c] * ((v - mean) / std * r + d) + bias[c] for v in values]
            y[:, c] = torch.stack(new).reshape(x[:, c].shape)
        return y

    def _corrections(self, c: int, mean: float, std: float, opened: float) -> tuple[float, float]:
        r_clip = 1 + opened * (self.chosen.r_max - 1)
        d_clip = opened * self.chosen.d_max
        r = min(r_clip, max(1 / r_clip, std / self.std[c]))
        d = min(d_clip, max(-d_clip, (mean - self.mean[c]) / self.std[c]))
        self.mean[c] += self.chosen.momentum * (mean - self.mean[c])
        self.std[c] += self.chosen.momentum * (std - self.std[c])
        return r, d


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("warm_up", [0, 2])
def test_equals_its_slow_twin(shape: tuple[int, ...], warm_up: int) -> None:
    """Outputs, gradients and moving statistics, while the clips open."""
    chosen = BatchRenorm(warm_up=warm_up, relax=3, r_max=1.5, d_max=0.7, momentum=0.3)
    module = make(shape[1], len(shape) // 2, **chosen.model_dump())
    weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
    twin = Twin(shape[1], chosen)
    for step in range(7):
        found = []
        for forward in (module, lambda x: twin(x, weight, bias)):
            x = some(*shape, seed=step).requires_grad_()
            y = forward(x)
            found.append([y, *torch.autograd.grad((y * y.detach().cos()).sum(), (x, weight, bias))])
        for ours, theirs in zip(*found, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    assert module.get_buffer("running_mean").tolist() == pytest.approx(twin.mean)
    assert module.get_buffer("running_std").tolist() == pytest.approx(twin.std)
    assert module.get_buffer("steps").item() == 7


@pytest.mark.parametrize("off", [{"warm_up": 1000}, {**OPEN, "r_max": 1.0, "d_max": 0.0}], ids=str)
@pytest.mark.parametrize("dims", [1, 2])
def test_with_r_1_and_d_0_it_is_batch_norm(off: dict[str, Any], dims: int) -> None:
    module, batch = make(3, dims, **off), norm(Batch(), 3, dims)
    assert batch is not None
    batch.double().load_state_dict(
        {f"norm.{name}": module.get_parameter(name) for name in ("weight", "bias")}, strict=False
    )
    for step in range(5):
        found = []
        for each in (module, batch):
            x = some(4, 3, *((5, 2) if dims == 2 else ()), seed=step).requires_grad_()
            y = each(x)
            parameters = tuple(each.parameters())
            found.append([y, *torch.autograd.grad(y.sin().sum(), (x, *parameters))])
        for ours, theirs in zip(*found, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(
        module.get_buffer("running_mean"), batch.get_buffer("norm.running_mean")
    )


@given(
    shape=st.tuples(st.integers(2, 5), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)),
    seed=st.integers(0, 2**31),
)
def test_within_the_clips_training_computes_what_evaluation_does(
    shape: tuple[int, ...], seed: int
) -> None:
    module = make(shape[1], **OPEN, r_max=1e6, d_max=1e6)
    for step in range(3):
        module.train()(some(*shape, seed=seed + step))
    x = some(*shape, seed=seed + 3)
    evaluated = copy.deepcopy(module).eval()(x)
    torch.testing.assert_close(module(x), evaluated, rtol=1e-7, atol=1e-7)


def test_the_gradient_takes_r_and_d_for_constants() -> None:
    """Within the clips y = γ(x − μ)/σ + β: were r and d followed, the gradient would be γ/σ."""
    module = make(3, 1, **OPEN, r_max=1e6, d_max=1e6)
    module(some(4, 3))
    x = some(4, 3, seed=1).requires_grad_()
    slope = module.get_parameter("weight") / module.get_buffer("running_std")
    (gradient,) = torch.autograd.grad(module(x).square().sum(), x)
    assert gradient.sum(dim=0).abs().max() < 1e-9  # as batch norm's: a shift of all changes nothing
    followed = 2 * copy.deepcopy(module).eval()(x) * slope
    assert not torch.allclose(gradient, followed, rtol=0.1)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("mode", ["warm-up", "clipped", "evaluation"])
def test_gradcheck(shape: tuple[int, ...], mode: str) -> None:
    """Where r and d do not move with x: what gradcheck perturbs, the gradient must know of."""
    module = make(shape[1], warm_up=0 if mode == "clipped" else 9, relax=1, r_max=1.1, d_max=0.1)
    start = dict(module.named_buffers())
    start |= {"steps": torch.tensor(5), "running_std": start["running_std"] * 50}
    start |= {"running_mean": start["running_mean"] - 100}
    module.train(mode != "evaluation")

    def forward(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        state = {name: value.clone() for name, value in start.items()}
        y: Tensor = functional_call(module, state | {"weight": weight, "bias": bias}, (x,))
        return y

    x = some(*shape).requires_grad_()
    assert gradcheck(forward, (x, module.get_parameter("weight"), module.get_parameter("bias")))


@pytest.mark.parametrize("name", ["batch", "batch_renorm"])
@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1, 1)], ids=str)
def test_a_lone_value_is_normalised_by_the_moving_statistics(
    name: str, shape: tuple[int, ...]
) -> None:
    settings = Batch() if name == "batch" else BatchRenorm()
    module = norm(settings, 3, len(shape) // 2)
    assert module is not None
    module = module.double()
    module(some(8, *shape[1:]))
    before = {key: value.clone() for key, value in module.state_dict().items()}
    x = some(*shape, seed=1).requires_grad_()
    y = module.train()(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert (gradient > 0).all()
    assert torch.equal(y, copy.deepcopy(module).eval()(x))
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_two_rows_keep_what_batch_norm_loses() -> None:
    """Of two rows batch norm leaves the sign alone; renorm tells near from far ones."""
    torch.manual_seed(0)
    renorm, batch = make(1, 1, **OPEN, momentum=0.05), norm(Batch(), 1, 1)
    assert batch is not None
    for step in range(300):
        renorm(some(2, 1, seed=step))
    usual = renorm.get_buffer("running_std").item()
    expected = 3 / math.sqrt(math.pi)  # E|x₁ − x₂|/2 of normal values whose std is 3
    assert usual == pytest.approx(expected, rel=0.3)
    near, far = torch.tensor([[1.8], [2.2]]).double(), torch.tensor([[0.0], [4.0]]).double()
    torch.testing.assert_close(batch.double()(near), batch(far), rtol=1e-3, atol=1e-3)
    spreads = [copy.deepcopy(renorm)(x).diff(dim=0).item() for x in (near, far)]
    assert spreads[1] / spreads[0] == pytest.approx((2 / usual) / (1 / 3), rel=1e-3)  # r's clip


def test_probes_with_regularisation_off_use_the_batch() -> None:
    """As they do with batch norm: the moving statistics of an untrained model are 0 and 1."""
    module = make(3, 1)
    before = copy.deepcopy(module.state_dict())
    with regularisation_off(module), torch.no_grad():
        y = module(some(50, 3))
    torch.testing.assert_close(y.mean(dim=0), module.get_parameter("bias").detach())
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_statistics_of_bfloat16_are_kept_in_full() -> None:
    module = norm(BatchRenorm(), 3, 1)
    assert module is not None
    x = some(64, 3).to(torch.bfloat16)
    assert module(x).dtype is torch.bfloat16
    expected = 0.1 * x.float().mean(dim=0)
    torch.testing.assert_close(module.get_buffer("running_mean"), expected)
