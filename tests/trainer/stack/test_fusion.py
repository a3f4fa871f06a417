"""Trials that come into a running stack, leave it, and go on from snapshots in it."""

from typing import Any

import pytest
import torch

from tests.trainer.stack.single import OPTIONS, alone, exact, numbers, recipes, worst
from trainer.errors import BadCheckpoint, NotStackable
from trainer.events import Ended, EpochEnded, Event, Snapshotted
from trainer.loop import run
from trainer.recipe import Recipe
from trainer.stack.fusion import Fusion

MODEL = {"name": "mlp", "hidden": [8], "norm": "batch", "dropout": 0.2}
BASE: dict[str, Any] = {"model": MODEL, "epochs": 4, "snapshots": {"keep": "all"}}
TOLD = {key: value for key, value in OPTIONS.items() if key != "preflight"}
OPTIMIZERS = ["sgd", "nesterov", "rmsprop", "adagrad", "adam", "adamw"]
ENGINES = ["vmap", "lowered"]


def fused(recipe: Recipe, **options: Any) -> Fusion:
    return Fusion(recipe, **TOLD | options)


def trained(fusion: Fusion, epochs: int | None = None) -> dict[int, list[Event]]:
    """What is told in so many epochs, or until nobody is left."""
    told: dict[int, list[Event]] = {}
    while fusion.trials and epochs != 0:
        for number, event in fusion.epoch():
            told.setdefault(number, []).append(event)
        epochs = None if epochs is None else epochs - 1
    return told


def joined(told: dict[int, list[Event]], more: dict[int, list[Event]]) -> dict[int, list[Event]]:
    return {number: told.get(number, []) + more.get(number, []) for number in told | more}


def without_start(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, EpochEnded | Snapshotted)]


@pytest.mark.parametrize("by", ENGINES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_refilled_slot_is_the_single_run_from_the_same_data_epoch(
    optimizer: str, by: str
) -> None:
    """DESIGN §7. It comes when one has left, and two are in the midst of their training."""
    base = {**BASE, "optimizer": {"name": optimizer, "lr": 0.01}}
    first, second, third, late = recipes(
        base, {}, {"epochs": 2}, {"epochs": 6}, {"optimizer": {"weight_decay": 0.1}}
    )
    with exact():
        fusion = fused(first, by=by)
        fusion.join({n: fusion.trial(r) for n, r in enumerate((first, second, third))})
        told = trained(fusion, epochs=3)
        assert list(fusion.trials) == [0, 2]
        fusion.join({7: fusion.trial(late)})
        told = joined(told, trained(fusion))
        expected = alone([late], first_data_epoch=3)
        assert worst([without_start(told[7])], [without_start(expected[0])]) <= 1e-9
        for number, recipe in ((0, first), (1, second), (2, third)):
            assert worst([without_start(told[number])], alone_told(recipe)) <= 1e-9


def alone_told(recipe: Recipe) -> list[list[Event]]:
    return [without_start(events) for events in alone([recipe])]


def test_a_refill_may_differ_in_what_was_alike_so_far() -> None:
    """Rates of dropout, smoothing and momentum that only the newcomer has."""
    quiet = {**MODEL, "dropout": 0.0}
    first, second, late = recipes(
        {**BASE, "optimizer": {"lr": 0.05, "momentum": 0.0}},
        {"model": quiet},
        {"model": quiet},
        {"optimizer": {"momentum": 0.5}, "loss": {"label_smoothing": 0.1}},
    )
    with exact():
        fusion = fused(first)
        fusion.join({0: fusion.trial(first), 1: fusion.trial(second)})
        told = trained(fusion, epochs=1)
        fusion.join({2: fusion.trial(late)})
        told = joined(told, trained(fusion))
        expected = [alone_told(first)[0], alone_told(second)[0]]
        expected += [without_start(run_from(late, 1))]
        assert worst([without_start(told[n]) for n in (0, 1, 2)], expected) <= 1e-9


def run_from(recipe: Recipe, data_epoch: int, **options: Any) -> list[Event]:
    return list(run(recipe, **OPTIONS | {"first_data_epoch": data_epoch} | options))


@pytest.mark.parametrize("by", ENGINES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_trial_goes_on_from_a_snapshot_in_any_stack(optimizer: str, by: str) -> None:
    """Taken by the single loop after epoch 2, it joins a stack that has seen three epochs."""
    chosen = recipes({**BASE, "optimizer": {"name": optimizer}}, {}, {"optimizer": {"lr": 0.003}})
    with exact():
        taken = [e.snapshot for e in alone([chosen[1]])[0] if isinstance(e, Snapshotted)][1]
        fusion = fused(chosen[0], by=by)
        fusion.join({0: fusion.trial(chosen[0])})
        trained(fusion, epochs=3)
        fusion.join({1: fusion.trial(chosen[1], taken.state(0, of=1))})
        told = trained(fusion)
        expected = run_from(chosen[1], 1, resume=taken)
        assert [e.epoch for e in told[1] if isinstance(e, EpochEnded)] == [3, 4]
        assert worst([without_start(told[1])], [without_start(expected)]) <= 1e-9


def test_a_snapshot_of_another_recipe_is_refused() -> None:
    one, other = recipes(BASE, {}, {"optimizer": {"lr": 0.5}})
    taken = next(e.snapshot for e in alone([one])[0] if isinstance(e, Snapshotted))
    fusion = fused(one)
    with pytest.raises(BadCheckpoint, match="another recipe"):
        fusion.trial(other, taken.state(0, of=1))


@pytest.mark.parametrize("by", ENGINES)
def test_those_that_leave_change_nothing_for_the_others(by: str) -> None:
    chosen = recipes(BASE, {}, {"optimizer": {"lr": 0.01}}, {})
    with exact():
        fusion = fused(chosen[0], by=by)
        fusion.join({n: fusion.trial(r) for n, r in enumerate(chosen)})
        told = trained(fusion, epochs=2)
        fusion.leave([1])
        told = joined(told, trained(fusion))
        assert not any(isinstance(event, Ended) for event in told[1])
        ours = [without_start(told[n]) for n in (0, 2)]
        assert worst(ours, [alone_told(chosen[n])[0] for n in (0, 2)]) <= 1e-9


def test_when_all_have_left_others_may_come() -> None:
    chosen = recipes(BASE, {}, {})
    with exact():
        fusion = fused(chosen[0])
        fusion.join({0: fusion.trial(chosen[0])})
        trained(fusion, epochs=1)
        fusion.leave([0])
        assert not fusion.trials
        fusion.join({1: fusion.trial(chosen[1])})
        told = trained(fusion)
        expected = without_start(run_from(chosen[1], 1))
        assert worst([without_start(told[1])], [expected]) <= 1e-9


def test_blocks_stay_contiguous() -> None:
    chosen = recipes(BASE, {}, {}, {}, {})
    fusion = fused(chosen[0])
    fusion.join({n: fusion.trial(r) for n, r in enumerate(chosen[:3])})
    trained(fusion, epochs=1)
    fusion.leave([0])
    fusion.join({3: fusion.trial(chosen[3])})
    fused_now = fusion._fused
    assert fused_now is not None
    stack = fused_now.stack
    for block in (*stack.weights.values(), *stack.rest.values()):
        assert block.is_contiguous()
        assert len(block) == 3


def test_a_trial_of_another_stack_key_is_refused() -> None:
    one, other = recipes(BASE, {}, {"batch_size": 8})
    with pytest.raises(NotStackable, match="batch_size"):
        fused(one).trial(other)


@pytest.mark.parametrize("by", ENGINES)
def test_a_newcomer_that_is_not_finite_changes_no_bit_of_the_others(by: str) -> None:
    sound, late = recipes(BASE, {}, {})
    broken = recipes(BASE, {}, {"optimizer": {"lr": 1e35}})[1]
    told = []
    for newcomer in (late, broken):
        fusion = fused(sound, by=by)
        fusion.join({0: fusion.trial(sound)})
        trained(fusion, epochs=1)
        fusion.join({1: fusion.trial(newcomer)})
        told.append(trained(fusion))
    assert not all(t.isfinite().all() for t in numbers(told[1][1]).values())
    ours, theirs = numbers(told[1][0]), numbers(told[0][0])
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
