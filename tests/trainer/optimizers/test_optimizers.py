"""Each optimizer against its formula, written out in numpy, in double precision."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from trainer.menu import KINDS, part
from trainer.recipe import Recipe

Array = NDArray[np.float64]
STEPS = 8
SHAPES = [(3, 5), (5,), (2, 2, 3, 3)]


def numbers(seed: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in SHAPES]


def lr_at(base: float, t: int) -> float:
    """The loop sets a new lr before every step."""
    return base / (t + 1)


def trained(settings: dict[str, Any], *, decay: bool = True) -> list[Array]:
    """After STEPS steps on given gradients."""
    chosen = Recipe.model_validate({"optimizer": settings}).optimizer
    weights = [nn.Parameter(torch.tensor(w)) for w in numbers(0)]
    optimizer = part("optimizer", chosen).over(weights, decay=decay)
    for t in range(STEPS):
        optimizer.param_groups[0]["lr"] = lr_at(chosen.lr, t)
        for weight, gradient in zip(weights, numbers(t + 1), strict=True):
            weight.grad = torch.tensor(gradient)
        optimizer.step()
    return [weight.detach().numpy() for weight in weights]


def sgd(
    w: Array,
    gradients: list[Array],
    lr: float,
    *,
    mu: float = 0,
    decay: float = 0,
    nest: bool = False,
) -> Array:
    """b ← μb + g + λw; w ← w − α(g + λw + μb) with Nesterov, else w − αb."""
    b = np.zeros_like(w)
    for t, gradient in enumerate(gradients):
        g = gradient + decay * w
        b = mu * b + g
        w = w - lr_at(lr, t) * (g + mu * b if nest else b)
    return w


def adamw(
    w: Array,
    gradients: list[Array],
    lr: float,
    *,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
    decay: float = 1e-2,
) -> Array:
    """Loshchilov and Hutter 2019, algorithm 2, with lr·λ as the decay."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients):
        a = lr_at(lr, t)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        m_hat, v_hat = m / (1 - b1 ** (t + 1)), v / (1 - b2 ** (t + 1))
        w = w - a * decay * w - a * m_hat / (np.sqrt(v_hat) + eps)
    return w


CASES: list[tuple[dict[str, Any], Callable[..., Array], dict[str, Any]]] = [
    ({"name": "sgd", "lr": 0.3}, sgd, {"lr": 0.3}),
    ({"name": "sgd", "momentum": 0.9}, sgd, {"lr": 0.1, "mu": 0.9}),
    ({"name": "sgd", "weight_decay": 0.2}, sgd, {"lr": 0.1, "decay": 0.2}),
    (
        {"name": "sgd", "momentum": 0.8, "weight_decay": 0.2, "nesterov": True},
        sgd,
        {"lr": 0.1, "mu": 0.8, "decay": 0.2, "nest": True},
    ),
    ({"name": "adamw"}, adamw, {"lr": 1e-3}),
    (
        {"name": "adamw", "lr": 0.1, "weight_decay": 0.3, "beta1": 0.5, "beta2": 0.9, "eps": 0.1},
        adamw,
        {"lr": 0.1, "decay": 0.3, "b1": 0.5, "b2": 0.9, "eps": 0.1},
    ),
    ({"name": "adamw", "weight_decay": 0.0}, adamw, {"lr": 1e-3, "decay": 0.0}),
]


@pytest.mark.parametrize(("settings", "formula", "constants"), CASES, ids=lambda x: str(x))
def test_formula(
    settings: dict[str, Any], formula: Callable[..., Array], constants: dict[str, Any]
) -> None:
    histories = zip(*(numbers(t + 1) for t in range(STEPS)), strict=True)
    for start, gradients, ours in zip(numbers(0), histories, trained(settings), strict=True):
        np.testing.assert_allclose(
            ours, formula(start, list(gradients), **constants), rtol=1e-12, atol=1e-14
        )


def test_every_optimizer_has_its_formula_here() -> None:
    assert {settings["name"] for settings, _, _ in CASES} == set(KINDS["optimizer"].names())


@pytest.mark.parametrize("name", KINDS["optimizer"].names())
def test_weight_decay_can_be_left_out(name: str) -> None:
    decayed = trained({"name": name, "weight_decay": 0.5}, decay=True)
    left_out = trained({"name": name, "weight_decay": 0.5}, decay=False)
    without = trained({"name": name, "weight_decay": 0.0})
    for a, b, c in zip(decayed, left_out, without, strict=True):
        np.testing.assert_array_equal(b, c)
        assert not np.allclose(a, c)
