"""Numbers of a run follow from its recipe alone, and a loop written by hand has the same."""

import math
import random
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from trainer.events import EpochEnded, Event
from trainer.loop import run
from trainer.recipe import Recipe
from trainer.seeds import Stream, mixed, order

Losses = list[dict[str, float | None]]


def recipe(**settings: Any) -> Recipe:
    model = {"name": "mlp", "hidden": [32], "dropout": 0.3}
    optimizer = {"lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4}
    base = {"model": model, "optimizer": optimizer, "schedule": "cosine", "epochs": 3}
    return Recipe.model_validate(base | settings)


def losses(events: list[Event]) -> Losses:
    return [event.metrics for event in events if isinstance(event, EpochEnded)]


def trained(chosen: Recipe, **options: Any) -> Losses:
    return losses(list(run(chosen, **({"preflight": False} | options))))


def by_hand(seed: int, data_seed: int, *, epochs: int, first_data_epoch: int = 0) -> Losses:
    """`recipe()` without anything of ours but the seeds and the order of the samples."""
    raw = load_digits()
    rows, held = train_test_split(
        np.arange(1797), test_size=360, random_state=data_seed, stratify=raw.target
    )
    x, y = torch.tensor(raw.images / 16, dtype=torch.float32), torch.tensor(raw.target)
    torch.manual_seed(mixed(Stream.WEIGHTS, seed))
    layers = []
    for fan_in, fan_out, follows in ((64, 32, "relu"), (32, 10, "linear")):
        layers.append(nn.Linear(fan_in, fan_out))
        nn.init.kaiming_normal_(layers[-1].weight, nonlinearity=follows)
        nn.init.zeros_(layers[-1].bias)
    model = nn.Sequential(nn.Flatten(), layers[0], nn.ReLU(), nn.Dropout(0.3), layers[1])
    sgd = torch.optim.SGD(model.parameters(), 0.1, 0.9, weight_decay=1e-4, fused=True)
    found: Losses = []
    for epoch in range(1, epochs + 1):
        model.train()
        total, right = 0.0, 0
        batches = torch.tensor(rows)[order(1437, data_seed, first_data_epoch + epoch)].split(64)
        for step, batch in enumerate(batches):
            t = (epoch - 1) * len(batches) + step
            sgd.param_groups[0]["lr"] = 0.1 * 0.5 * (1 + math.cos(math.pi * t / (epochs * 23)))
            torch.manual_seed(mixed(Stream.MASKS, data_seed, first_data_epoch + epoch, step))
            logits = model(x[batch])
            loss = F.cross_entropy(logits, y[batch])
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            total += (loss * len(batch)).item()
            right += int((logits.argmax(1) == y[batch]).sum())
        model.eval()
        with torch.no_grad():
            logits = model(x[held])
        found.append(
            {
                "train_loss": total / 1437,
                "val_loss": (F.cross_entropy(logits, y[held]) * 360).item() / 360,
                "train_accuracy": right / 1437,
                "val_accuracy": int((logits.argmax(1) == y[held]).sum()) / 360,
            }
        )
    return found


@pytest.mark.parametrize(
    ("seed", "data_seed", "first_data_epoch"), [(0, 0, 0), (1, 0, 0), (0, 7, 0), (3, 2, 5)]
)
def test_a_loop_by_hand_has_exactly_the_same_losses(
    seed: int, data_seed: int, first_data_epoch: int
) -> None:
    """Also: the offset k trains on the data of the epochs k + 1, k + 2, ..."""
    ours = trained(recipe(seed=seed, data_seed=data_seed), first_data_epoch=first_data_epoch)
    assert ours == by_hand(seed, data_seed, epochs=3, first_data_epoch=first_data_epoch)


@pytest.mark.parametrize("model", ["mlp", "small_cnn"])
def test_same_recipe_same_losses(model: str) -> None:
    chosen = recipe(model={"name": model, "dropout": 0.2}, epochs=2)
    assert trained(chosen) == trained(chosen)


def test_every_seed_matters() -> None:
    runs = [recipe(), recipe(seed=1, data_seed=0), recipe(data_seed=1)]
    first, other_weights, other_data = map(trained, runs)
    assert first != other_weights
    assert first != other_data


def test_preflight_changes_no_loss() -> None:
    assert trained(recipe(), preflight=True) == trained(recipe())
    assert trained(recipe(), preflight=True, reference_subset=True) == trained(recipe())


def test_interleaved_runs_do_not_disturb_each_other() -> None:
    pair = recipe(), recipe(seed=4, model={"name": "small_cnn", "channels": [4], "dropout": 0.2})
    alone = [losses(list(run(chosen))) for chosen in pair]
    together: list[list[Event]] = [[], []]
    generators = [run(chosen) for chosen in pair]
    for both in zip(*generators, strict=False):
        for mine, event in zip(together, both, strict=True):
            mine.append(event)
    shortest = min(len(losses(mine)) for mine in together)
    assert shortest >= 2
    for mine, expected in zip(together, alone, strict=True):
        assert losses(mine) == expected[: len(losses(mine))]


def test_the_caller_has_all_generators_to_itself() -> None:
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    before = states()
    for _ in run(recipe()):
        assert states() == before
    events = run(recipe())
    for event in events:
        torch.rand(3), np.random.rand(3), random.random()
        if isinstance(event, EpochEnded):
            assert event.metrics == trained(recipe())[event.epoch - 1]


def states() -> tuple[object, ...]:
    numpy = np.random.get_state()
    return torch.get_rng_state().tolist(), str(numpy), random.getstate()


def masks(chosen: Recipe, **options: Any) -> list[Tensor]:
    """Which units each training step kept, epoch by epoch; tanh is never exactly zero."""
    found: list[Tensor] = []

    def look(module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(module, nn.Dropout) and module.training:
            found.append(output.detach() != 0)

    hook = register_module_forward_hook(look)
    try:
        trained(chosen, **options)
    finally:
        hook.remove()
    return found[1:]  # the first is of a copy of the model that was tried before


def same(first: list[Tensor], second: list[Tensor]) -> list[bool]:
    return [torch.equal(a, b) for a, b in zip(first, second, strict=True)]


def test_masks_follow_from_data_seed_epoch_and_step() -> None:
    def chosen(**settings: Any) -> Recipe:
        model = {"activation": "tanh", "dropout": 0.5}
        return recipe(
            **({"model": model, "epochs": 2, "data_seed": 3, "batch_size": 479} | settings)
        )

    base = masks(chosen())
    assert len(base) == 6  # two epochs of three steps
    assert all(same(base, masks(chosen(seed=9, optimizer={"name": "adamw", "lr": 0.01}))))
    assert not any(same(base, masks(chosen(data_seed=4))))
    assert all(same(base[3:], masks(chosen(epochs=1), first_data_epoch=1)))
    different = [torch.equal(a, b) for i, a in enumerate(base) for b in base[:i]]
    assert not any(different)
