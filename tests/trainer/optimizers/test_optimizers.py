"""Each optimizer against its formula, written out in numpy, in double precision."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from trainer.menu import KINDS, part
from trainer.optimizers import groups
from trainer.recipe import Recipe
from trainer.recipe.optimizers import Optimizer

Array = NDArray[np.float64]
Rule = Callable[[Array, int], Array]  # gradient and number of the step → what lr multiplies
NAMES = KINDS["optimizer"].names()
STEPS = 8
SHAPES = [(3, 5), (5,), (2, 2, 3, 3)]


def numbers(seed: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in SHAPES]


def lr_at(base: float, t: int) -> float:
    """The loop sets a new lr before every step."""
    return base / (t + 1)


def settings_of(**settings: Any) -> Optimizer:
    return Recipe.model_validate({"optimizer": settings}).optimizer


def step(optimizer: torch.optim.Optimizer, weights: list[nn.Parameter], lr: float, t: int) -> None:
    for group in optimizer.param_groups:
        group["lr"] = lr_at(lr, t) * group["lr_scale"]
    for weight, gradient in zip(weights, numbers(t + 1), strict=True):
        weight.grad = torch.tensor(gradient, dtype=weight.dtype)
    optimizer.step()


def trained(chosen: Optimizer, *, decay: bool = True) -> list[Array]:
    """After STEPS steps on given gradients."""
    weights = [nn.Parameter(torch.tensor(w)) for w in numbers(0)]
    optimizer = part("optimizer", chosen).over(weights, decay=decay)
    for t in range(STEPS):
        step(optimizer, weights, chosen.lr, t)
    return [weight.detach().numpy() for weight in weights]


def sgd(mu: float = 0.0, ahead: bool = False) -> Rule:
    """b ← μb + g, and g + μb with Nesterov (Sutskever et al. 2013, in torch's form)."""
    b: Array = np.zeros(())

    def rule(g: Array, t: int) -> Array:
        nonlocal b
        b = mu * b + g
        return g + mu * b if ahead else b

    return rule


def adagrad(eps: float) -> Rule:
    """g/(√Σg² + ε) (Duchi et al. 2011, figure 1)."""
    s: Array = np.zeros(())

    def rule(g: Array, t: int) -> Array:
        nonlocal s
        s = s + g * g
        return g / (np.sqrt(s) + eps)

    return rule


def rmsprop(alpha: float, eps: float) -> Rule:
    """g/(√s + ε), s the moving mean of g² (Tieleman and Hinton 2012)."""
    s: Array = np.zeros(())

    def rule(g: Array, t: int) -> Array:
        nonlocal s
        s = alpha * s + (1 - alpha) * g * g
        return g / (np.sqrt(s) + eps)

    return rule


def adam(b1: float, b2: float, eps: float) -> Rule:
    """Kingma and Ba 2015, algorithm 1."""
    m: Array = np.zeros(())
    v: Array = np.zeros(())

    def rule(g: Array, t: int) -> Array:
        nonlocal m, v
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        m_hat, v_hat = m / (1 - b1 ** (t + 1)), v / (1 - b2 ** (t + 1))
        return m_hat / (np.sqrt(v_hat) + eps)

    return rule


def by_formula(w: Array, gradients: list[Array], rule: Rule, chosen: Optimizer) -> Array:
    """L2: the gradient of λ‖w‖²/2 joins the loss's. Decoupled: w ← (1 − lr·λ)w before the step."""
    for t, gradient in enumerate(gradients):
        lr, strength = lr_at(chosen.lr, t), chosen.weight_decay
        g = gradient + strength * w if chosen.decay == "l2" else gradient
        shrunk = w if chosen.decay == "l2" else w * (1 - lr * strength)
        w = shrunk - lr * rule(g, t)
    return w


RULES: list[tuple[dict[str, Any], Callable[[], Rule]]] = [
    ({"name": "sgd", "lr": 0.3}, lambda: sgd()),
    ({"name": "sgd", "momentum": 0.8}, lambda: sgd(0.8)),
    ({"name": "sgd", "momentum": 0.8, "nesterov": True}, lambda: sgd(0.8, ahead=True)),
    ({"name": "momentum"}, lambda: sgd(0.9)),
    ({"name": "momentum", "momentum": 0.5}, lambda: sgd(0.5)),
    ({"name": "nesterov"}, lambda: sgd(0.9, ahead=True)),
    ({"name": "nesterov", "momentum": 0.5}, lambda: sgd(0.5, ahead=True)),
    ({"name": "adagrad"}, lambda: adagrad(1e-10)),
    ({"name": "adagrad", "eps": 0.1, "lr": 0.3}, lambda: adagrad(0.1)),
    ({"name": "rmsprop"}, lambda: rmsprop(0.99, 1e-8)),
    ({"name": "rmsprop", "alpha": 0.5, "eps": 0.1}, lambda: rmsprop(0.5, 0.1)),
    ({"name": "adam"}, lambda: adam(0.9, 0.999, 1e-8)),
    ({"name": "adam", "beta1": 0.5, "beta2": 0.9, "eps": 0.1}, lambda: adam(0.5, 0.9, 0.1)),
    ({"name": "adamw"}, lambda: adam(0.9, 0.999, 1e-8)),
    ({"name": "adamw", "beta1": 0.5, "beta2": 0.9, "eps": 0.1}, lambda: adam(0.5, 0.9, 0.1)),
]
DECAYS: list[dict[str, Any]] = [
    {"weight_decay": 0.0},
    {"weight_decay": 0.3, "decay": "l2"},
    {"weight_decay": 0.3, "decay": "decoupled"},
]
CASES = [
    pytest.param(settings | decay, rule, id=str(settings | decay))
    for settings, rule in RULES
    for decay in DECAYS
    if not (settings["name"] == "adamw" and decay.get("decay") == "l2")
]


@pytest.mark.parametrize(("settings", "rule"), CASES)
def test_formula(settings: dict[str, Any], rule: Callable[[], Rule]) -> None:
    chosen = settings_of(**settings)
    histories = zip(*(numbers(t + 1) for t in range(STEPS)), strict=True)
    for start, gradients, ours in zip(numbers(0), histories, trained(chosen), strict=True):
        expected = by_formula(start, list(gradients), rule(), chosen)
        np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-14)


def test_every_optimizer_has_its_formula_here() -> None:
    assert {settings["name"] for settings, _ in RULES} == set(NAMES)


@pytest.mark.parametrize("decay", ["l2", "decoupled"])
@pytest.mark.parametrize("name", NAMES)
def test_weight_decay_can_be_left_out(name: str, decay: str) -> None:
    mode = {} if name == "adamw" else {"decay": decay}
    chosen = settings_of(name=name, weight_decay=0.5, **mode)
    decayed, left_out = trained(chosen), trained(chosen, decay=False)
    without = trained(settings_of(name=name, weight_decay=0.0))
    for a, b, c in zip(decayed, left_out, without, strict=True):
        np.testing.assert_array_equal(b, c)
        assert not np.allclose(a, c)


def test_the_two_decays_are_one_without_momentum_and_two_with_adaptive_steps() -> None:
    """Loshchilov and Hutter 2019, propositions 1 and 2."""
    for name, same in (("sgd", True), ("momentum", False), ("adam", False), ("rmsprop", False)):
        l2 = trained(settings_of(name=name, weight_decay=0.5))
        decoupled = trained(settings_of(name=name, weight_decay=0.5, decay="decoupled"))
        close = [np.allclose(a, b, rtol=1e-12) for a, b in zip(l2, decoupled, strict=True)]
        assert all(close) is same, name


def test_adam_decoupled_is_adamw_bit_for_bit() -> None:
    adam_ = trained(settings_of(name="adam", weight_decay=0.01, decay="decoupled"))
    for a, b in zip(adam_, trained(settings_of(name="adamw")), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("momentum", {"momentum": 0.7}), ("nesterov", {"momentum": 0.7, "nesterov": True})],
    ids=["momentum", "nesterov"],
)
def test_sgd_can_do_it_too(name: str, settings: dict[str, Any]) -> None:
    alone = trained(settings_of(name=name, lr=0.1, momentum=0.7))
    for a, b in zip(alone, trained(settings_of(name="sgd", lr=0.1, **settings)), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("decay", ["l2", "decoupled"])
@pytest.mark.parametrize("name", NAMES)
def test_the_state_goes_on_bit_for_bit(name: str, decay: str) -> None:
    """A fresh optimizer with the state of another takes the same further steps."""
    mode = {} if name == "adamw" else {"decay": decay}
    chosen = settings_of(name=name, weight_decay=0.1, **mode)
    first = [nn.Parameter(torch.tensor(w, dtype=torch.float32)) for w in numbers(0)]
    old = part("optimizer", chosen).over(first)
    for t in range(3):
        step(old, first, chosen.lr, t)
    second = copy.deepcopy(first)
    new = part("optimizer", chosen).over(second)
    new.load_state_dict(copy.deepcopy(old.state_dict()))
    for t in range(3, STEPS):
        step(old, first, chosen.lr, t)
        step(new, second, chosen.lr, t)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("decay", ["l2", "decoupled"])
@pytest.mark.parametrize("name", NAMES)
def test_frozen_weights_and_those_without_gradient_stay(name: str, decay: str) -> None:
    mode = {} if name == "adamw" else {"decay": decay}
    chosen = settings_of(name=name, weight_decay=0.5, **mode)
    weights = [nn.Parameter(torch.ones(2, 2)) for _ in range(3)]
    weights[1].requires_grad_(False)
    optimizer = part("optimizer", chosen).over([{"params": weights}])
    assert sum(len(group["params"]) for group in optimizer.param_groups) == 2
    weights[0].grad = torch.ones(2, 2)
    optimizer.step()
    moved = [not torch.equal(weight, torch.ones(2, 2)) for weight in weights]
    assert moved == [True, False, False]


@pytest.mark.parametrize("name", NAMES)
def test_one_group_or_bare_parameters_are_the_same_bit_for_bit(name: str) -> None:
    chosen = settings_of(name=name, weight_decay=0.1)
    modules = [nn.Linear(3, 4) for _ in range(2)]
    modules[1].load_state_dict(modules[0].state_dict())
    made = [groups(modules[0], chosen), modules[1].parameters()]
    for given, module in zip(made, modules, strict=True):
        optimizer = part("optimizer", chosen).over(given)
        assert len(optimizer.param_groups) == 1
        for t in range(STEPS):
            optimizer.param_groups[0]["lr"] = lr_at(chosen.lr, t)
            module(torch.ones(2, 3)).square().sum().backward()
            optimizer.step()
            module.zero_grad()
    assert all(torch.equal(a, b) for a, b in zip(*(m.parameters() for m in modules), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_a_part_that_takes_bare_parameters_takes_a_generator(name: str) -> None:
    optimizer = part("optimizer", settings_of(name=name)).over(
        p for p in nn.Linear(2, 2).parameters()
    )
    assert len(optimizer.param_groups[0]["params"]) == 2
