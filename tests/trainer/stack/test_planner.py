"""Plans for real recipes, measured on this machine, and what is remembered of them."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.trainer.stack.single import recipes
from trainer.errors import BadFile, BadRecipe
from trainer.models.mlp import Mlp
from trainer.recipe import Recipe
from trainer.stack.planner import Planner
from trainer.stack.plans import PLAIN, Plan

DIGITS = Recipe.model_validate({"data": "digits", "model": {"name": "mlp", "hidden": [64]}})
SMALL: dict[str, Any] = {"data": {"name": "csv", "file": "rows.csv", "target": "kind"}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one small file."""
    lines = (f"{n % 7},{n % 5},{'xyz'[n % 3]}\n" for n in range(90))
    (tmp_path / "rows.csv").write_text("a,b,kind\n" + "".join(lines))
    return tmp_path


@pytest.fixture
def small(data: Path) -> tuple[Path, Recipe]:
    return data, recipes(SMALL, {})[0]


def planner(data: Path, cache: Path | None = None, most: int = 8) -> Planner:
    return Planner("cpu", data, most=most, cache=cache)


def test_a_small_network_is_stacked() -> None:
    plan = Planner("cpu", "data", most=64, cache=None).plan(DIGITS)
    assert plan.engine == "lowered"
    assert 2 <= plan.width <= 64
    assert plan.times_faster is not None
    assert plan.times_faster > 2
    assert plan.reason.startswith(f"up to {plan.width} trials stacked: ")
    assert {row.engine for row in plan.table} == {PLAIN, "lowered", "vmap"}
    assert plan.fit.keys() == {"lowered", "vmap"}
    assert plan.bytes_per_trial is not None


def test_no_more_are_stacked_than_asked_for(small: tuple[Path, Recipe]) -> None:
    folder, recipe = small
    ours = planner(folder, most=6)
    assert ours.plan(recipe).width <= 6
    assert max(row.width for row in ours.plan(recipe, most=100).table) <= 6
    assert ours.plan(recipe, most=2).width <= 2
    assert ours.plan(recipe, most=1).engine == PLAIN


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "loss": ({"loss": "triplet"}, "loss: which of a batch's samples"),
    "folds": ({"split": "k_fold"}, "split: each trial is several models"),
    "transfer": ({"transfer": {"file": "w.safetensors"}}, "transfer: "),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_stacked_is_trained_one_by_one(case: str, data: Path) -> None:
    settings, reason = REFUSED[case]
    plan = planner(data).plan(recipes({**SMALL, **settings}, {})[0])
    assert (plan.engine, plan.width, plan.times_faster) == (PLAIN, 1, None)
    assert plan.reason.startswith(reason)
    assert plan.reason.endswith("train these one by one")


class Wrapped(nn.Module):
    """As a user may write it: no chain of layers. Where it is `fickle`, the batch decides more."""

    def __init__(self, model: nn.Module, *, fickle: bool = False) -> None:
        super().__init__()
        self.inner = model
        self.fickle = fickle

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.inner(x)
        return 2 * outputs if self.fickle and outputs.sum() > 0 else outputs


def test_an_engine_that_refuses_is_left_out(
    small: tuple[Path, Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Mlp.build
    monkeypatch.setattr(Mlp, "build", lambda self, form: Wrapped(made(self, form)))
    plan = planner(small[0]).plan(small[1])
    assert {row.engine for row in plan.table} == {PLAIN, "vmap"}
    assert plan.engine == "vmap"


def test_a_model_that_no_engine_can_stack(
    small: tuple[Path, Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Mlp.build
    monkeypatch.setattr(Mlp, "build", lambda self, form: Wrapped(made(self, form), fickle=True))
    plan = planner(small[0]).plan(small[1])
    assert plan.engine == PLAIN
    assert plan.reason.startswith("model: ")
    assert "vmap" in plan.reason


UNSOUND: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "no file": ({"data": {"name": "csv", "file": "none.csv", "target": "kind"}}, BadFile),
    "no image": ({**SMALL, "model": "lenet5"}, BadRecipe),
}


@pytest.mark.parametrize("case", UNSOUND)
def test_what_cannot_be_trained_is_told_as_ever(case: str, data: Path) -> None:
    settings, error = UNSOUND[case]
    with pytest.raises(error):
        planner(data).plan(recipes(settings, {})[0])


@pytest.mark.parametrize(
    "settings",
    [
        {"data": {"name": "digits"}, "model": "autoencoder", "loss": "mse", "batch_size": 512},
        {"epochs": 1, "early_stopping": {"patience": 1}, "optimizer": {"lr": 1e6}},
        {"batch_size": 1000, "snapshots": {"keep": "all"}},
    ],
    ids=["no accuracy", "short and hopeless", "one batch"],
)
def test_every_sound_recipe_gets_a_plan(settings: dict[str, Any], data: Path) -> None:
    plan = planner(data, most=4).plan(recipes({**SMALL, **settings}, {})[0])
    assert {row.engine for row in plan.table} > {PLAIN}


def test_what_was_measured_is_found_by_later_processes(
    small: tuple[Path, Recipe], tmp_path: Path
) -> None:
    folder, recipe = small
    first = planner(folder, tmp_path / "cache").plan(recipe)
    (folder / "rows.csv").unlink()
    other = recipe.model_copy(update={"seed": 9, "epochs": 3})
    assert planner(folder, tmp_path / "cache").plan(other) == first
    with pytest.raises(BadFile):
        planner(folder).plan(recipe)


def test_it_is_measured_anew_where_more_are_asked_for(small: tuple[Path, Recipe]) -> None:
    folder, recipe = small
    cache = folder / "cache"
    narrow = planner(folder, cache, most=2).plan(recipe)
    wide = planner(folder, cache, most=8).plan(recipe)
    assert max(row.width for row in narrow.table) == 2
    assert max(row.width for row in wide.table) > 2
    assert planner(folder, cache, most=2).plan(recipe).table == wide.table


def test_other_metrics_are_another_measurement(small: tuple[Path, Recipe]) -> None:
    folder, recipe = small
    bare = planner(folder, folder / "cache").plan(recipe)
    judged = recipe.model_validate({**recipe.model_dump(), "evaluation": {"bootstrap": 200}})
    assert judged.stack_key() == recipe.stack_key()
    assert planner(folder, folder / "cache").plan(judged).table != bare.table


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) // 2],
    "other fields": lambda content: b'{"table": [{"engine": 1}]}',
    "no JSON": lambda content: b"\x00\xff",
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_file_is_measured_anew(case: str, small: tuple[Path, Recipe]) -> None:
    folder, recipe = small
    cache = folder / "cache"
    first = planner(folder, cache, most=2).plan(recipe)
    (file,) = cache.iterdir()
    file.write_bytes(SPOILT[case](file.read_bytes()))
    second = planner(folder, cache, most=2).plan(recipe)
    assert second.table != first.table
    assert planner(folder, cache, most=2).plan(recipe) == second


def test_a_folder_that_cannot_be_written_is_done_without(small: tuple[Path, Recipe]) -> None:
    folder, recipe = small
    ours = planner(folder, folder / "rows.csv", most=2)
    assert ours.plan(recipe) == ours.plan(recipe)


def test_half_as_many_after_memory_ran_out(small: tuple[Path, Recipe]) -> None:
    folder, recipe = small
    ours = planner(folder, folder / "cache")
    plans = [ours.plan(recipe)]
    assert plans[0].width > 1
    while plans[-1].width > 1:
        plans.append(ours.halve(recipe))
    allowed = plans[0].width
    for plan in plans[1:]:
        allowed //= 2
        assert plan.width <= max(1, allowed)
    assert plans[-1].reason == "one by one: a stack ran out of memory"
    assert ours.halve(recipe) == ours.plan(recipe) == plans[-1]
    assert planner(folder, folder / "cache", most=64).plan(recipe).width == 1


def test_memory_may_run_out_before_anything_was_planned(small: tuple[Path, Recipe]) -> None:
    folder, recipe = small
    first = planner(folder, folder / "cache").plan(recipe)
    assert planner(folder, folder / "cache").halve(recipe).width <= first.width // 2


def test_the_callers_random_numbers_are_left_alone(small: tuple[Path, Recipe]) -> None:
    def drawn() -> tuple[Any, ...]:
        return torch.random.get_rng_state().tolist(), np.random.get_state()[1], random.getstate()

    before = drawn()
    plan = planner(small[0], most=2).plan(recipes({**SMALL, "model": {"dropout": 0.5}}, {})[0])
    assert isinstance(plan, Plan)
    assert str(drawn()) == str(before)
