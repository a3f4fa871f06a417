"""Which parameters are decayed, by which lr they learn, and what is clipped."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from trainer.menu import KINDS, part
from trainer.optimizers import clip, groups
from trainer.recipe import Recipe
from trainer.recipe.optimizers import Optimizer

NAMES = KINDS["optimizer"].names()


def settings_of(**settings: Any) -> Optimizer:
    return Recipe.model_validate({"optimizer": settings}).optimizer


def network() -> nn.Sequential:
    """Weights, biases and a norm."""
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))


def named(module: nn.Module, group: dict[str, Any]) -> set[str]:
    wanted = {id(parameter) for parameter in group["params"]}
    return {name for name, parameter in module.named_parameters() if id(parameter) in wanted}


def test_one_group_where_all_are_alike() -> None:
    module = network()
    (group,) = groups(module, settings_of(name="adamw"))
    assert group["params"] == list(module.parameters())
    assert (group["lr"], group["lr_scale"], group["weight_decay"]) == (1e-3, 1.0, 1e-2)


def test_biases_and_norms_can_be_spared() -> None:
    module = network()
    decayed, spared = groups(module, settings_of(weight_decay=0.1, decay_all=False))
    assert named(module, decayed) == {"0.weight", "3.weight"}
    assert named(module, spared) == {"0.bias", "1.weight", "1.bias", "3.bias"}
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.1, 0.0)


@pytest.mark.parametrize("decay", ["l2", "decoupled"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_spared_does_not_shrink(name: str, decay: str) -> None:
    mode = {} if name == "adamw" else {"decay": decay}
    chosen = settings_of(name=name, weight_decay=0.5, decay_all=False, **mode)
    module = network()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(1.0)
            parameter.grad = torch.zeros_like(parameter)
    part("optimizer", chosen).over(groups(module, chosen)).step()
    shrunk = {name for name, p in module.named_parameters() if (p < 1.0).all()}
    assert shrunk == {"0.weight", "3.weight"}


def test_lr_by_the_name_of_the_parameter() -> None:
    module = network()
    found = groups(module, settings_of(lr=0.2), lr_scale=lambda n: 0.1 if n[0] == "0" else 1.0)
    assert [named(module, group) for group in found] == [
        {"0.weight", "0.bias"},
        {"1.weight", "1.bias", "3.weight", "3.bias"},
    ]
    assert [group["lr_scale"] for group in found] == [0.1, 1.0]
    assert [group["lr"] for group in found] == pytest.approx([0.02, 0.2])


@given(
    spare=st.booleans(),
    scales=st.fixed_dictionaries({str(i): st.sampled_from([0.0, 0.1, 1.0]) for i in (0, 1, 3)}),
    frozen=st.sets(st.sampled_from(["0.weight", "1.bias", "3.weight", "3.bias"])),
)
def test_every_trainable_parameter_is_in_one_group(
    spare: bool, scales: dict[str, float], frozen: set[str]
) -> None:
    module = network()
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name not in frozen)
    found = groups(module, settings_of(decay_all=not spare), lr_scale=lambda n: scales[n[0]])
    names = [name for group in found for name in named(module, group)]
    assert sorted(names) == sorted({name for name, _ in module.named_parameters()} - frozen)
    assert len(names) == sum(len(group["params"]) for group in found)
    for group in found:
        assert {scales[name[0]] for name in named(module, group)} == {group["lr_scale"]}


def test_nothing_to_train_is_no_group() -> None:
    assert groups(nn.ReLU(), settings_of()) == []
    assert groups(network().requires_grad_(False), settings_of()) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("decay", ["l2", "decoupled"])
def test_an_earlier_layer_learns_by_a_tenth_of_the_lr(name: str, decay: str) -> None:
    """Against an optimizer of its own at that lr."""
    mode = {} if name == "adamw" else {"decay": decay}
    chosen = settings_of(name=name, lr=0.1, weight_decay=0.1, **mode)
    together, alone = nn.Linear(3, 3), nn.Linear(3, 3)
    alone.load_state_dict(together.state_dict())
    tenth = 0.1 * 0.1
    scaled = part("optimizer", chosen).over(groups(together, chosen, lr_scale=lambda n: 0.1))
    own = part("optimizer", chosen.model_copy(update={"lr": tenth})).over(alone.parameters())
    for _ in range(5):
        for module, optimizer in ((together, scaled), (alone, own)):
            module.zero_grad()
            module(torch.ones(1, 3)).square().sum().backward()
            optimizer.step()
    assert torch.equal(together.weight, alone.weight)


def gradients(*values: list[float]) -> torch.optim.Optimizer:
    """An optimizer of a group for each list, whose gradients these are."""
    weights = [nn.Parameter(torch.zeros(len(each))) for each in values]
    for weight, each in zip(weights, values, strict=True):
        weight.grad = torch.tensor(each)
    return torch.optim.SGD([{"params": [weight]} for weight in weights], lr=0.1)


def flat(optimizer: torch.optim.Optimizer) -> list[float]:
    return [x for group in optimizer.param_groups for p in group["params"] for x in p.grad.tolist()]


def test_gradients_stay_unless_asked() -> None:
    optimizer = gradients([3e4, 2.0], [-1.0])
    clip(optimizer, settings_of())
    assert flat(optimizer) == [3e4, 2.0, -1.0]


@given(
    values=st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=8),
    most=st.floats(1e-3, 1e3),
)
def test_by_norm_over_all_groups(values: list[float], most: float) -> None:
    """Pascanu et al. 2013, algorithm 1; torch adds 1e-6 to the norm."""
    optimizer = gradients(values[:4], values[4:])
    clip(optimizer, settings_of(clip_norm=most))
    norm = sum(x * x for x in values) ** 0.5
    factor = min(1.0, most / (norm + 1e-6))
    assert flat(optimizer) == pytest.approx([x * factor for x in values], rel=1e-4, abs=1e-6)


@given(
    values=st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=8),
    most=st.floats(1e-3, 1e3),
)
def test_by_value(values: list[float], most: float) -> None:
    optimizer = gradients(values)
    clip(optimizer, settings_of(clip_value=most))
    assert flat(optimizer) == pytest.approx([min(max(x, -most), most) for x in values], rel=1e-6)


def test_values_first_then_the_norm() -> None:
    optimizer = gradients([300.0, 4.0])
    clip(optimizer, settings_of(clip_value=4.0, clip_norm=1.0))
    assert flat(optimizer) == pytest.approx([0.5**0.5, 0.5**0.5], rel=1e-5)


def test_what_is_not_finite_stays_so() -> None:
    optimizer = gradients([float("nan"), 1.0])
    clip(optimizer, settings_of(clip_norm=1.0))
    assert not torch.tensor(flat(optimizer)).isfinite().any()


def test_clipping_may_differ_in_a_stack_and_the_kind_of_decay_not() -> None:
    for name in NAMES:
        chosen = settings_of(name=name)
        assert {"lr", "weight_decay", "clip_norm", "clip_value"} <= chosen.per_trial
        assert not {"decay", "decay_all", "nesterov"} & chosen.per_trial
