"""A snapshot that is damaged or another run's is refused in words, before it changes anything."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor

from trainer.best import Best, copies
from trainer.checkpoint import packed, unpacked
from trainer.errors import BadCheckpoint
from trainer.events import Snapshotted
from trainer.loop import run
from trainer.menu import part
from trainer.recipe import Objective, Recipe
from trainer.setup import Setup, make
from trainer.snapshot import Snapshot, _About
from trainer.state import State

Tensors = dict[str, Tensor]
WEIGHT, MOMENT = "model.fc1.weight", "optimizer.0.exp_avg"
SETTINGS: dict[str, Any] = {
    "data": "iris",
    "model": {"hidden": [8]},
    "loss": {"name": "center", "dimensions": 4},
    "evaluation": {"metrics": ["recall_at_k"]},
    "optimizer": "adam",
    "schedule": "reduce_on_plateau",
    "epochs": 2,
    "snapshots": {"every": 1},
}
RECIPE = Recipe.model_validate(SETTINGS)


def taken(recipe: Recipe = RECIPE) -> Snapshot:
    events = run(recipe, preflight=False)
    return next(event.snapshot for event in events if isinstance(event, Snapshotted))


@cache
def state() -> State:
    return taken().states[0]


def resumed(broken: State, objective: str = "val_accuracy") -> None:
    """Goes on from it, read from a file."""
    snapshot = Snapshot.from_bytes(Snapshot((broken,)).to_bytes())
    chosen = Objective.model_validate({"metric": objective})
    list(run(RECIPE, objective=chosen, preflight=False, resume=snapshot))


def untouched() -> tuple[Setup, Best]:
    """What a run has before its first epoch."""
    (fold,) = part("split", RECIPE.split).folds(part("data", RECIPE.data).load(None), 0)
    return make(RECIPE, fold, "cpu"), Best(Objective())


def without(*names: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {k: t for k, t in tensors.items() if k not in names}


def changed(name: str, change: Callable[[Tensor], Tensor]) -> Callable[[Tensors], Tensors]:
    return lambda tensors: tensors | {name: change(tensors[name])}


def renamed(name: str, to: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {to if k == name else k: t for k, t in tensors.items()}


def no_optimizer(tensors: Tensors) -> Tensors:
    return {k: t for k, t in tensors.items() if not k.startswith("optimizer.")}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without(WEIGHT), r"model\.fc1\.weight is missing"),
        (without("loss.loss.centres"), r"loss\.loss\.centres is missing"),
        (without("best.fc1.weight"), r"best\.fc1\.weight is missing"),
        (without(MOMENT), r"optimizer\.0\.exp_avg is missing"),
        (no_optimizer, r"optimizer\.0\.step is missing"),
        (changed(WEIGHT, lambda t: t[:-1]), r"fc1\.weight is float32 \[7, 4\] and not float32 \[8"),
        (changed(WEIGHT, Tensor.long), r"fc1\.weight is int64 \[8, 4\] and not float32 \[8, 4\]"),
        (changed("best.fc1.weight", lambda t: t.T), r"best\.fc1\.weight is float32 \[4, 8\] and"),
        (changed(MOMENT, lambda t: t[0]), r"0\.exp_avg is float32 \[4\] and not float32 \[8, 4\]"),
        (renamed(MOMENT, "optimizer.first.exp_avg"), r"optimizer\.0\.exp_avg is missing"),
        (lambda all_: all_ | {"optimizer.x": torch.ones(1)}, r"optimizer\.x belongs to nothing"),
        (lambda all_: all_ | {"optimizer.99.step": torch.ones(1)}, r"optimizer\.99\.step belongs"),
        (lambda all_: all_ | {"optimizer.0.xp": torch.ones(1)}, r"optimizer\.0\.xp belongs"),
        (lambda all_: all_ | {"model.fc9.bias": torch.ones(1)}, r"model\.fc9\.bias belongs"),
    ],
)
def test_tensors_that_do_not_fit(damage: Callable[[Tensors], Tensors], said: str) -> None:
    broken = replace(state(), tensors=damage(state().tensors))
    with pytest.raises(BadCheckpoint, match=f"of epoch 1 cannot be gone on from: .*{said}.*; take"):
        resumed(broken)


@pytest.mark.parametrize(
    ("part_of_it", "said"),
    [
        ({"schedule": {}}, r"schedule has \[\] and not \['best', 'stale', 'drops'\]"),
        ({"schedule": {"best": 1.0, "stale": 0.0}}, "schedule has"),
        ({"progress": {"value": 0.5}}, "progress is {'value': 0.5}, which no epoch leaves"),
        (
            {"progress": {"value": 0.5, "milestone_epoch": None, "milestone_value": 0.5}},
            "which no epoch leaves",
        ),
        ({"best_metrics": {}}, "the best epoch was not chosen by val_accuracy"),
    ],
    ids=str,
)
def test_numbers_that_do_not_fit(part_of_it: dict[str, Any], said: str) -> None:
    with pytest.raises(BadCheckpoint, match=said):
        resumed(replace(state(), **part_of_it))


def test_an_objective_that_the_best_epoch_was_not_chosen_by() -> None:
    with pytest.raises(BadCheckpoint, match="not chosen by val_recall_at_1"):
        resumed(state(), "val_recall_at_1")


@pytest.mark.parametrize(
    "broken",
    [
        lambda whole: replace(whole, tensors=without(WEIGHT)(whole.tensors)),
        lambda whole: replace(whole, tensors=without(MOMENT)(whole.tensors)),
        lambda whole: replace(whole, progress={}),
        lambda whole: replace(whole, schedule={}),
    ],
    ids=["model", "optimizer", "progress", "schedule"],
)
def test_what_is_refused_changes_no_weight(broken: Callable[[State], State]) -> None:
    setup, best = untouched()
    before = copies(setup.model) | copies(setup.loss_fn)
    with pytest.raises(BadCheckpoint):
        broken(state()).restore(RECIPE, setup, best)
    after = copies(setup.model) | copies(setup.loss_fn)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert not setup.optimizer.state
    assert (best.epoch, best.state) == (None, {})


def test_a_parameter_that_never_had_a_gradient_has_no_moments() -> None:
    none_of_it = without("optimizer.0.step", MOMENT, "optimizer.0.exp_avg_sq")
    setup, best = untouched()
    assert replace(state(), tensors=none_of_it(state().tensors)).restore(RECIPE, setup, best) == 1
    first, second = setup.optimizer.param_groups[0]["params"][:2]
    assert first not in setup.optimizer.state
    assert setup.optimizer.state[second]["step"] > 0


@pytest.mark.parametrize(
    "history",
    [
        {},
        {"facts": {}},
        {"facts": [], "rows": {}},
        {"facts": {"classes": "some"}, "rows": {}},
        {"facts": {}, "rows": []},
        {"facts": {}, "rows": {"first": {}}},
        {"facts": {}, "rows": {"1": {"train_loss": "low"}}},
    ],
    ids=str,
)
def test_a_history_that_is_none(history: dict[str, Any]) -> None:
    tensors, about = unpacked(taken().to_bytes(), _About)
    states = [each.model_copy(update={"history": history}) for each in about.states]
    broken = packed(tensors, about.model_copy(update={"states": states}).model_dump_json())
    with pytest.raises(BadCheckpoint, match="this is no snapshot of ours"):
        Snapshot.from_bytes(broken)


def test_folds_that_wait_for_nothing_that_is_known() -> None:
    folds = Recipe.model_validate(SETTINGS | {"split": {"name": "k_fold", "folds": 2}})
    broken = replace(taken(folds), progress={"value": 1.0})
    with pytest.raises(BadCheckpoint, match="which no epoch leaves"):
        list(run(folds, preflight=False, resume=broken))
