"""Blocks and the models that are views of them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.trainer.stack.single import recipes
from trainer.errors import NotStackable
from trainer.menu import KINDS, part
from trainer.setup import Setup, make, make_on, prepare
from trainer.splits import Fold
from trainer.stack.build import Stack
from trainer.stack.optimizers import RULES


def fold() -> Fold:
    recipe = recipes({}, {})[0]
    data = part("data", recipe.data).load(None)
    found: list[Fold] = part("split", recipe.split).folds(data, 5)
    return found[0]


FOLD = fold()


def setups(trials: int, **model: object) -> list[Setup]:
    chosen = recipes({"model": {"norm": "batch", **model}}, *[{}] * trials)
    data = prepare(chosen[0], FOLD, "cpu")
    return [make_on(recipe, data, "cpu") for recipe in chosen]


def states(stack: Stack) -> list[dict[str, Tensor]]:
    return [trial.state_dict() for trial in stack.trials]


def test_models_begin_as_the_single_path_makes_them() -> None:
    chosen = recipes({"model": {"norm": "batch"}}, {}, {}, {})
    stack = Stack(setups(3))
    for trial, recipe in zip(stack.trials, chosen, strict=True):
        single = make(recipe, FOLD, "cpu")
        for name, tensor in single.model.state_dict().items():
            assert torch.equal(trial.model.state_dict()[name], tensor)


def test_data_is_shared() -> None:
    made = setups(3)
    assert len({id(setup.train.inputs) for setup in made}) == 1


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True).map(sorted))
def test_those_that_stay_keep_their_numbers_in_contiguous_blocks(slots: list[int]) -> None:
    stack = Stack(setups(5))
    before = [{name: t.clone() for name, t in state.items()} for state in states(stack)]
    stack.keep(slots)
    blocks = {**stack.weights, **stack.rest}
    assert len(stack) == len(slots)
    for row, (slot, state) in enumerate(zip(slots, states(stack), strict=True)):
        for name, tensor in state.items():
            assert torch.equal(tensor, before[slot][name])
            assert tensor.data_ptr() == blocks[name][row].data_ptr()
            assert blocks[name].is_contiguous()


def test_a_model_is_a_view_of_its_row() -> None:
    stack = Stack(setups(2))
    with torch.no_grad():
        stack.weights["model.fc1.weight"][1] = 7.0
    first, second = (trial.model.get_parameter("fc1.weight") for trial in stack.trials)
    assert (second == 7.0).all()
    assert not (first == 7.0).any()


class Odd(nn.Module):
    """A layer with something of its own that is no number."""

    def __init__(self, inner: nn.Module, mode: str) -> None:
        super().__init__()
        self.inner = inner
        self.mode = mode


def test_models_that_differ_in_more_than_numbers_are_refused() -> None:
    one, other = setups(2)
    modes = zip((one, other), ("near", "far"), strict=True)
    changed = [
        setup.__class__(**{**vars(setup), "model": Odd(setup.model, m)}) for setup, m in modes
    ]
    with pytest.raises(NotStackable, match=r"model\.mode: .*is no number"):
        Stack(changed)
    with pytest.raises(NotStackable, match=r"model\.fc1\.weight: .*one shape"):
        Stack([one, setups(1, hidden=[3])[0]])
    with pytest.raises(NotStackable, match="not every trial has this layer"):
        Stack([one, setups(1, activation="tanh")[0]])


def test_every_optimizer_can_be_stacked() -> None:
    assert RULES.names() == KINDS["optimizer"].names()
