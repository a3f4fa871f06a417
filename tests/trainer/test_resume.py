"""A run that goes on from a snapshot is the run that was never interrupted, bit for bit."""

from typing import Any

import pytest
import torch
from torch import Tensor

from trainer.errors import BadCheckpoint
from trainer.events import Ended, EpochEnded, Event, Snapshotted
from trainer.loop import run
from trainer.menu import SETTINGS
from trainer.recipe import Recipe, entries
from trainer.snapshot import Snapshot

EPOCHS = 3
BASE: dict[str, Any] = {
    "model": {"name": "mlp", "hidden": [16], "norm": "batch", "dropout": 0.2},
    "optimizer": {"name": "adamw"},
    "schedule": {"name": "cosine", "warmup": 0.2},
    "epochs": EPOCHS,
    "snapshots": {"every": 1, "keep": "all"},
    "early_stopping": {"patience": 2},
}
MOVING = [  # what has a state of its own
    *({"optimizer": {"name": name}} for name in entries(SETTINGS["optimizer"])),
    {"schedule": {"name": "reduce_on_plateau", "patience": 1, "min_delta": 10.0}},
    {"model": {"norm": "batch_renorm"}},
    {"loss": "center"},
    {"preprocess": "standardise"},
    {"augment": ["gaussian_noise"]},
    {"split": {"name": "k_fold", "folds": 2}},
    {"split": {"name": "bootstrap", "resamples": 2}},
]


def trained(recipe: Recipe, resume: Snapshot | None = None) -> list[Event]:
    return list(run(recipe, preflight=False, resume=resume))


def weights(events: list[Event]) -> dict[str, Tensor]:
    last = [event.snapshot for event in events if isinstance(event, Snapshotted)][-1]
    return {
        f"{number}.{name}": tensor
        for number, state in enumerate(last.states)
        for name, tensor in state.tensors.items()
    }


def row(event: EpochEnded) -> tuple[Any, ...]:
    """All but the time it took."""
    return event.epoch, event.metrics, event.lr, event.signals


@pytest.mark.parametrize("settings", MOVING, ids=str)
def test_goes_on_bit_for_bit(settings: dict[str, Any]) -> None:
    recipe = Recipe.model_validate(BASE | settings)
    whole = trained(recipe)
    first = next(event.snapshot for event in whole if isinstance(event, Snapshotted))
    rest = trained(recipe, Snapshot.from_bytes(first.to_bytes()))
    expected = [row(e) for e in whole if isinstance(e, EpochEnded)][1:]
    assert [row(e) for e in rest if isinstance(e, EpochEnded)] == expected
    ours, theirs = weights(rest), weights(whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    last, same = rest[-1], whole[-1]
    assert isinstance(last, Ended)
    assert isinstance(same, Ended)
    assert last.checkpoint is not None
    assert same.checkpoint is not None
    assert last.checkpoint.to_bytes() == same.checkpoint.to_bytes()


def test_more_epochs_than_before() -> None:
    short = Recipe.model_validate(BASE | {"schedule": "constant", "early_stopping": None})
    taken = [e.snapshot for e in trained(short) if isinstance(e, Snapshotted)][-1]
    longer = short.model_copy(update={"epochs": EPOCHS + 2})
    epochs = [e.epoch for e in trained(longer, taken) if isinstance(e, EpochEnded)]
    assert epochs == [EPOCHS + 1, EPOCHS + 2]


def test_another_recipe_is_refused() -> None:
    recipe = Recipe.model_validate(BASE)
    taken = next(e.snapshot for e in run(recipe, preflight=False) if isinstance(e, Snapshotted))
    other = recipe.model_copy(update={"batch_size": 32})
    with pytest.raises(BadCheckpoint, match="of another recipe"):
        trained(other, taken)


def test_another_number_of_folds_is_refused() -> None:
    recipe = Recipe.model_validate(BASE | {"split": {"name": "k_fold", "folds": 2}})
    taken = next(e.snapshot for e in run(recipe, preflight=False) if isinstance(e, Snapshotted))
    with pytest.raises(BadCheckpoint, match="of 2 models, the run has 1"):
        trained(Recipe.model_validate(BASE), taken)


def test_what_is_no_snapshot() -> None:
    with pytest.raises(BadCheckpoint, match="no checkpoint of ours"):
        Snapshot.from_bytes(b"nothing")


def test_early_stopping_remembers_what_it_waits_for() -> None:
    settings = BASE | {"epochs": 6, "optimizer": {"name": "sgd", "lr": 1e-9}}
    recipe = Recipe.model_validate(settings)
    whole = trained(recipe)
    assert [e.epoch for e in whole if isinstance(e, EpochEnded)] == [1, 2, 3]
    second = [e.snapshot for e in whole if isinstance(e, Snapshotted)][1]
    assert [e.epoch for e in trained(recipe, second) if isinstance(e, EpochEnded)] == [3]


@pytest.mark.parametrize(
    ("keep", "slots"),
    [
        ("last", {"snapshot": 16}),
        ("thinned", {f"snapshot-by-{n}": e for n, e in ((1, 14), (2, 12), (4, 8), (8, 16))}),
        ("all", {f"snapshot-{e}": e for e in range(2, 17, 2)}),
    ],
)
def test_which_are_kept(keep: str, slots: dict[str, int]) -> None:
    kept = Recipe.model_validate({"snapshots": {"every": 2, "keep": keep}}).snapshots
    assert kept is not None
    found = {kept.slot(epoch): epoch for epoch in range(1, 17) if kept.due(epoch)}
    assert found == slots


@pytest.mark.parametrize("taken_at", range(5))
def test_early_stopping_counts_as_if_never_interrupted(taken_at: int) -> None:
    """At an epoch that is progress the wait begins anew, for the snapshot of that epoch too."""
    recipe = Recipe.model_validate(
        {
            "model": {"hidden": [8]},
            "optimizer": {"lr": 0.5},
            "epochs": 40,
            "early_stopping": {"patience": 2},
            "snapshots": {"every": 1},
        }
    )
    whole = trained(recipe)
    taken = [e.snapshot for e in whole if isinstance(e, Snapshotted)][taken_at]
    rest = trained(recipe, Snapshot.from_bytes(taken.to_bytes()))
    last, same = rest[-1], whole[-1]
    assert isinstance(last, Ended)
    assert isinstance(same, Ended)
    assert (last.epochs, last.outcome) == (same.epochs, same.outcome) == (5, "complete")


@pytest.mark.parametrize("split", ["holdout", {"name": "k_fold", "folds": 2}], ids=["one", "two"])
def test_a_run_that_has_ended_does_not_go_on(split: Any) -> None:
    base = {"data": "iris", "split": split, "snapshots": {"every": 1}, "epochs": 9}
    stopped = base | {"early_stopping": {"patience": 1}, "optimizer": {"lr": 1e-9}}
    recipe = Recipe.model_validate(stopped)
    whole = trained(recipe)
    assert isinstance(whole[-1], Ended)
    last = [e.snapshot for e in whole if isinstance(e, Snapshotted)][-1]
    again = trained(recipe, Snapshot.from_bytes(last.to_bytes()))
    assert not [event for event in again if isinstance(event, EpochEnded)]
    assert isinstance(again[-1], Ended)
    assert (again[-1].outcome, again[-1].epochs) == ("complete", whole[-1].epochs)


def test_what_diverged_stays_infeasible() -> None:
    base = {"data": "iris", "snapshots": {"every": 1}, "epochs": 9, "optimizer": {"lr": 1e6}}
    recipe = Recipe.model_validate(base)
    whole = trained(recipe)
    last = [e.snapshot for e in whole if isinstance(e, Snapshotted)][-1]
    again = trained(recipe, Snapshot.from_bytes(last.to_bytes()))
    for events in (whole, again):
        assert isinstance(events[-1], Ended)
        assert events[-1].outcome == "infeasible"
    assert not [event for event in again if isinstance(event, EpochEnded)]
