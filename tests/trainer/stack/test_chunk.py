"""A stack that is computed a few trials at a time has the numbers of one computed at once."""

import copy
from typing import Any

import pytest
import torch

from tests.trainer.stack.single import alone, exact, recipes, stacked, worst
from trainer.menu import part
from trainer.recipe import Recipe
from trainer.setup import Setup, make
from trainer.stack import chunk
from trainer.stack.build import Stack
from trainer.stack.chunk import Size
from trainer.stack.engines import engine

WEIGHTS = 4 * (6 * 50 + 50 + 50 * 4 + 4)  # bytes of an MLP 6-50-4
LAYERS = 4 * (50 + 50 + 4)  # before and after ReLU, and logits; of one sample
ENGINES = ["vmap", "lowered"]


def setup(recipe: Recipe) -> Setup:
    data = part("data", recipe.data).load(None)
    return make(recipe, part("split", recipe.split).folds(data, 5)[0], "cpu")


def size(**settings: Any) -> Size:
    (recipe,) = recipes({"model": {"name": "mlp", "hidden": [50]}, **settings}, {})
    return Size(setup(recipe), recipe.batch_size, "cpu")


def lengths(rows: list[slice]) -> list[int]:
    return [each.stop - each.start for each in rows]


@pytest.fixture
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "NEAR", 1)
    monkeypatch.setattr(chunk, "FEWEST", 2)


@pytest.mark.usefixtures("two_at_once")
@pytest.mark.parametrize("by", ENGINES)
def test_the_numbers_are_those_of_the_plain_loop(by: str) -> None:
    """Five trials in three chunks, which draw the same masks; one of them ends before the others.

    The third chunk's trials have no decay and no limits, and one rate of dropout.
    """
    model = {"name": "mlp", "hidden": [8], "norm": "batch"}
    trials = [
        {
            "model": {**model, "dropout": rate},
            "optimizer": {"weight_decay": decay, "clip_norm": limit},
            "epochs": epochs,
        }
        for rate, decay, limit, epochs in (
            (0.5, 0.1, 0.5, 3),
            (0.0, 0.0, None, 3),
            (0.2, 0.1, None, 2),
            (0.3, 0.0, None, 3),
            (0.3, 0.0, None, 3),
        )
    ]
    chosen = recipes({"augment": ["gaussian_noise"]}, *trials)
    with exact():
        assert worst(stacked(chosen, by=by), alone(chosen)) <= 1e-9


@pytest.mark.parametrize("by", ENGINES)
def test_pieces_of_the_samples_do_not_change_an_evaluation(by: str) -> None:
    chosen = recipes({"model": {"norm": "batch"}}, {}, {"loss": {"label_smoothing": 0.1}})
    check_pieces(chosen, by)


def test_pieces_of_samples_whose_loss_is_a_weighted_mean() -> None:
    loss = {"name": "cross_entropy", "class_weights": [1, 2, 3, 4]}
    check_pieces(recipes({"loss": loss}, {}, {}), "vmap")


def check_pieces(chosen: list[Recipe], by: str) -> None:
    with exact():
        setups = [setup(recipe) for recipe in chosen]
        stack, data = Stack(copy.deepcopy(setups)), setups[0].validation
        losses, outputs = engine(stack, by).examine(data.inputs, data.targets, 7)
        for own, loss, found in zip(setups, losses, outputs, strict=True):
            expected = own.model.eval()(data.inputs)
            torch.testing.assert_close(found, expected)
            torch.testing.assert_close(loss, own.loss_fn(expected, data.targets))


def test_chunks_take_what_is_near_to_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    step = WEIGHTS + 16 * LAYERS
    monkeypatch.setattr(chunk, "NEAR", (10 * step + 1) // torch.get_num_threads() + 1)
    assert lengths(size().split(10)) == [10]
    assert lengths(size().split(11)) == [5, 6]
    assert lengths(size().split(31)) == [7, 8, 8, 8]


def test_a_few_trials_are_one_chunk_however_large_they_are() -> None:
    large = size(model={"name": "mlp", "hidden": [2000, 2000]})
    assert lengths(large.split(4)) == [4]
    assert lengths(large.split(5)) == [2, 3]


def test_an_evaluation_takes_no_more_than_a_step() -> None:
    found, step = size(batch_size=64).samples, WEIGHTS + 64 * LAYERS
    assert found % chunk.WHOLE == 0
    assert found * 2 * 4 * 50 <= step < (found + chunk.WHOLE) * 2 * 4 * 50
    assert size(batch_size=1).samples == chunk.WHOLE


def test_on_a_gpu_all_are_one_chunk() -> None:
    (recipe,) = recipes({}, {})
    assert lengths(Size(setup(recipe), recipe.batch_size, "cuda:0").split(10_000)) == [10_000]
