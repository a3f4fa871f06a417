"""The plain loop and the stack, side by side."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from trainer.data import Dataset
from trainer.events import EpochEnded, Event, Snapshotted
from trainer.loop import run
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.stack.loop import train_many

BASE: dict[str, Any] = {
    "data": {"name": "blobs", "samples": 128, "features": 6, "classes": 4},
    "batch_size": 16,  # 102 samples train, in 7 steps an epoch: 8 epochs are 56 steps
    "epochs": 8,
    "data_seed": 5,
    "snapshots": {"keep": "last"},
}
OPTIONS: dict[str, Any] = {
    "diagnostics": Diagnostics(stop_on="never"),
    "objective": Objective(metric="val_loss", direction="minimize"),
    "preflight": False,
}


def recipes(base: Mapping[str, Any], *trials: Mapping[str, Any]) -> list[Recipe]:
    """`base` with each trial's settings worked in; the seeds of the weights are 0, 1, 2."""
    document = _worked(BASE, base)
    numbered = [{"seed": seed, **trial} for seed, trial in enumerate(trials)]
    return [Recipe.model_validate(_worked(document, trial)) for trial in numbered]


def _worked(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(document)
    for key, value in changes.items():
        inner = found.get(key)
        if isinstance(value, dict) and isinstance(inner, dict) and "name" not in value:
            found[key] = _worked(inner, value)
        else:
            found[key] = value
    return found


@contextmanager
def exact() -> Iterator[None]:
    """Weights and data in float64, for both loops."""
    moved, before = Dataset.to, torch.get_default_dtype()

    def to(self: Dataset, device: str) -> Dataset:
        there = moved(self, device)
        return replace(there, inputs=_double(there.inputs), targets=_double(there.targets))

    torch.set_default_dtype(torch.float64)
    try:
        with patch.object(Dataset, "to", to):
            yield
    finally:
        torch.set_default_dtype(before)


def _double(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.is_floating_point() else tensor


def stacked(chosen: Sequence[Recipe], **options: Any) -> list[list[Event]]:
    """Each trial's events."""
    told: list[list[Event]] = [[] for _ in chosen]
    for number, event in train_many(chosen, **OPTIONS | options):
        told[number].append(event)
    return told


def alone(chosen: Sequence[Recipe], **options: Any) -> list[list[Event]]:
    """The same by the plain loop."""
    return [list(run(recipe, **OPTIONS | options)) for recipe in chosen]


def numbers(events: Sequence[Event]) -> dict[str, Tensor]:
    """All that a trial measured and became: metrics, lr, signals, and the last state's tensors."""
    found: dict[str, Tensor] = {}
    for event in events:
        if isinstance(event, EpochEnded):
            told = {"lr": event.lr, **event.metrics, **event.signals}
            for name, value in told.items():
                values = list(value.values()) if isinstance(value, dict) else [value]
                found[f"{event.epoch}.{name}"] = torch.tensor([_number(v) for v in values])
        if isinstance(event, Snapshotted):
            found |= event.snapshot.states[0].tensors
    return found


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def worst(ours: Sequence[Sequence[Event]], theirs: Sequence[Sequence[Event]]) -> float:
    """The largest error of any number of any trial, as a share of the largest beside it."""
    errors = [0.0]
    for own, reference in zip(ours, theirs, strict=True):
        found, expected = numbers(own), numbers(reference)
        assert found.keys() == expected.keys()
        errors += [_error(found[name], expected[name]) for name in expected]
    return max(errors)


def _error(found: Tensor, expected: Tensor) -> float:
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    if not expected.numel():
        return 0.0
    if not torch.equal(found.isfinite(), expected.isfinite()):
        return math.inf
    known = expected.isfinite()
    apart = (found[known].double() - expected[known].double()).abs()
    scale = expected[known].double().abs()
    return (apart.amax() / scale.amax().clamp(min=1e-12)).item() if known.any() else 0.0
