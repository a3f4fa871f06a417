"""A stack's events, trial by trial, and what it does where trials end, break or do not fit."""

from typing import Any

import pytest
import torch

import trainer
from diagnostics import Severity
from tests.trainer.stack.single import OPTIONS, alone, exact, numbers, recipes, stacked, worst
from trainer.errors import BadRecipe, NotStackable
from trainer.events import Ended, EpochEnded, Event, Judged, PreflightEnded, Snapshotted, Started
from trainer.loop import run
from trainer.recipe import Diagnostics
from trainer.stack.loop import train_many

RATES: list[dict[str, Any]] = [{"optimizer": {"lr": lr}} for lr in (0.1, 0.03, 0.01)]
BATCH: dict[str, Any] = {"model": {"norm": "batch"}, "epochs": 3}


def ended(events: list[Event]) -> Ended:
    assert isinstance(events[-1], Ended)
    return events[-1]


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def severities(events: list[Event]) -> list[tuple[str, Severity]]:
    return [(e.verdict.check, e.verdict.severity) for e in events if isinstance(e, Judged)]


def test_it_is_loaded_on_first_use() -> None:
    assert trainer.train_many is train_many


def test_each_trial_tells_what_the_plain_loop_tells() -> None:
    chosen = recipes(BATCH, *RATES)
    for ours, theirs in zip(stacked(chosen), alone(chosen), strict=True):
        assert kinds(ours) == kinds(theirs)
        assert severities(ours) == severities(theirs)
        assert ours[0] == theirs[0]
        assert isinstance(ours[0], Started)


def test_a_recipe_at_several_points() -> None:
    recipe = recipes({"epochs": 1}, {})[0]
    points: list[Any] = [{"optimizer.lr": 0.1}, {"optimizer.lr": 0.01}]
    started = [e for _, e in train_many(recipe, points, **OPTIONS) if isinstance(e, Started)]
    assert [event.recipe.optimizer.lr for event in started] == [0.1, 0.01]


def test_one_trial_is_a_stack_too() -> None:
    chosen = recipes(BATCH, RATES[0])
    with exact():
        assert worst(stacked(chosen), alone(chosen)) <= 1e-9


def test_the_first_trial_is_measured_before_training() -> None:
    chosen = recipes({"epochs": 1}, *RATES)
    ours = stacked(chosen, preflight=True)
    found = [[e for e in events if isinstance(e, PreflightEnded)] for events in ours]
    assert [len(each) for each in found] == [1, 0, 0]
    assert found[0] == [e for e in run(chosen[0]) if isinstance(e, PreflightEnded)]


def test_trials_end_each_in_its_own_epoch() -> None:
    """One by length, one by early stopping; the numbers of the last to go are the plain loop's."""
    chosen = recipes(
        BATCH,
        {"epochs": 2},
        {"epochs": 9, "optimizer": {"lr": 1e-9}, "early_stopping": {"patience": 3, "min_delta": 1}},
        {"epochs": 6},
    )
    with exact():
        ours, theirs = stacked(chosen), alone(chosen)
    assert [ended(events).epochs for events in ours] == [2, 4, 6]
    assert worst(ours, theirs) <= 1e-9


def test_a_hopeless_trial_ends_infeasible_and_the_others_go_on() -> None:
    chosen = recipes(
        {"epochs": 4, "optimizer": {"momentum": 0.9}}, RATES[1], {"optimizer": {"lr": 1e6}}
    )
    options: dict[str, Any] = {"diagnostics": Diagnostics()}
    ours, theirs = stacked(chosen, **options), alone(chosen, **options)
    assert [ended(events).outcome for events in ours] == ["complete", "infeasible"]
    assert [ended(events).epochs for events in ours] == [ended(e).epochs for e in theirs]
    assert ended(ours[1]).epochs < ended(ours[0]).epochs == 4


@pytest.mark.parametrize("norm", ["none", "batch", "layer", "batch_renorm"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_trial_that_is_not_finite_changes_no_bit_of_the_others(norm: str, optimizer: str) -> None:
    base = {"model": {"norm": norm, "dropout": 0.2}, "optimizer": {"name": optimizer}, "epochs": 3}
    clipped = {"optimizer": {"name": optimizer, "lr": 0.01, "clip_norm": 1.0}}
    sound, broken = (
        stacked(recipes(base, clipped, {"optimizer": {"name": optimizer, "lr": lr}}, clipped))
        for lr in (0.01, 1e35)
    )
    assert not all(tensor.isfinite().all() for tensor in numbers(broken[1]).values())
    for trial in (0, 2):
        ours, theirs = numbers(broken[trial]), numbers(sound[trial])
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_any_trial_is_exported_as_a_model_of_its_own() -> None:
    chosen = recipes(BATCH, *RATES)
    inputs = torch.randn(5, 6)
    for ours, theirs in zip(stacked(chosen), alone(chosen), strict=True):
        own, single = ended(ours).checkpoint, ended(theirs).checkpoint
        assert own is not None
        assert single is not None
        assert (own.epoch, own.recipe, own.form) == (single.epoch, single.recipe, single.form)
        assert list(own.state) == list(single.state)
        assert torch.allclose(own.model()(inputs), single.model()(inputs), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"])
def test_the_plain_loop_goes_on_from_a_stacks_snapshot(optimizer: str) -> None:
    base = {**BATCH, "optimizer": {"name": optimizer}, "snapshots": {"keep": "all"}}
    chosen = recipes(base, {}, {"optimizer": {"lr": 0.002}})
    with exact():
        for recipe, ours, theirs in zip(chosen, stacked(chosen), alone(chosen), strict=True):
            taken = [event.snapshot for event in ours if isinstance(event, Snapshotted)]
            rest = list(run(recipe, resume=taken[1], **OPTIONS))
            last = [e for e in rest if isinstance(e, EpochEnded | Snapshotted)]
            expected = [e for e in theirs if isinstance(e, EpochEnded | Snapshotted)][-2:]
            assert worst([last], [expected]) <= 1e-9


def test_another_data_epoch_to_begin_with() -> None:
    chosen = recipes({"epochs": 2}, *RATES)
    with exact():
        ours, theirs = (each(chosen, first_data_epoch=7) for each in (stacked, alone))
        assert worst(ours, theirs) <= 1e-9
        assert worst(ours, alone(chosen)) > 1e-3


def test_the_profile_none_trains_the_same_and_measures_nothing() -> None:
    chosen = recipes({"epochs": 2}, *RATES)
    bare, watched = (
        stacked(chosen, preflight=True, diagnostics=Diagnostics(profile=profile, stop_on="never"))
        for profile in ("none", "cheap")
    )
    for ours, theirs in zip(bare, watched, strict=True):
        assert not {"Judged", "PreflightEnded"} & set(kinds(ours))
        pairs = [[e for e in events if isinstance(e, EpochEnded)] for events in (ours, theirs)]
        assert [e.metrics for e in pairs[0]] == [e.metrics for e in pairs[1]]
        assert not any(event.signals for event in pairs[0])


def test_the_callers_random_numbers_are_left_alone() -> None:
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    stacked(recipes({"epochs": 1, "model": {"dropout": 0.3}}, *RATES))
    assert torch.equal(torch.random.get_rng_state(), before)


REFUSED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "width": ([{}, {"model": {"hidden": [3]}}], r"model\.hidden: .*other shapes"),
    "model": ([{}, {"model": {"name": "mlp", "norm": "batch"}}], r"model\.norm\.name"),
    "optimizer": ([{}, {"optimizer": {"name": "adam"}}], r"optimizer\.name"),
    "data seed": ([{}, {"data_seed": 4}], "data_seed"),
    "batch size": ([{}, {"batch_size": 8}], "batch_size"),
    "folds": ([{"split": "k_fold"}] * 2, "split: each trial is several models"),
    "loss": ([{"loss": "triplet"}] * 2, r"loss: which of a batch's samples"),
    "pretraining": ([{"pretraining": {}}] * 2, "pretraining: each layer is pretrained alone"),
    "transfer": ([{"transfer": {"file": "w.safetensors"}}] * 2, "transfer: frozen layers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_stacked_is_refused_with_its_reason(case: str) -> None:
    trials, reason = REFUSED[case]
    with pytest.raises(NotStackable, match=reason):
        next(train_many(recipes({}, *trials), **OPTIONS))


def test_nothing_to_train_is_told() -> None:
    with pytest.raises(BadRecipe, match="give at least one"):
        next(train_many([], **OPTIONS))


def test_a_recipe_that_is_unsound_is_refused_as_ever() -> None:
    """There is no accuracy of an autoencoder."""
    unsound = recipes({"data": "digits", "model": "autoencoder", "loss": "mse"}, {}, {})
    with pytest.raises(BadRecipe, match="objective"):
        next(train_many(unsound, preflight=False))
