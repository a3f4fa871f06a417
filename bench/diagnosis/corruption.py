"""Faults in the data: what is done to rows before a run sees them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from bench.diagnosis.datasets import Data, Rows
from bench.diagnosis.faults import Fault
from bench.diagnosis.grammar import Extra


@dataclass(frozen=True)
class Split:
    """`validation` is what the run evaluates on, `honest` what it should have been."""

    train: Rows
    validation: Rows | None
    honest: Rows | None


Corruption = Callable[[Split, Fault, Generator], Split]


def corrupted(data: Data, extra: Extra, random: Generator) -> Split:
    """The split with all faults of the data put in."""
    split = Split(data.train, data.validation, data.validation)
    for fault in extra.faults:
        if fault.kind in CORRUPTIONS:
            split = CORRUPTIONS[fault.kind](split, fault, random)
    return split


def _shuffled_labels(split: Split, _: Fault, random: Generator) -> Split:
    order = torch.randperm(len(split.train), generator=random)
    return _train(split, split.train.inputs, split.train.targets[order])


def _flipped_labels(split: Split, fault: Fault, random: Generator) -> Split:
    """Classes become one of the others, values that of another row."""
    targets = split.train.targets
    flipped = torch.rand(len(targets), generator=random) < (fault.amount or 0)
    if targets.is_floating_point():
        others = targets[torch.randperm(len(targets), generator=random)]
    else:
        classes = int(targets.max()) + 1
        others = (targets + torch.randint(1, classes, targets.shape, generator=random)) % classes
    shape = (-1, *[1] * (targets.ndim - 1))
    return _train(split, split.train.inputs, torch.where(flipped.view(shape), others, targets))


def _shifted_labels(split: Split, _: Fault, __: Generator) -> Split:
    targets = split.train.targets
    return _train(split, split.train.inputs, (targets + 1) % (int(targets.max()) + 1))


def _overlap(split: Split, fault: Fault, random: Generator) -> Split:
    held = split.validation
    if held is None:
        return split
    copies = round(len(held) * (fault.amount or 0))
    chosen = torch.randint(0, len(split.train), (copies,), generator=random)
    inputs, targets = held.inputs.clone(), held.targets.clone()
    inputs[:copies], targets[:copies] = split.train.inputs[chosen], split.train.targets[chosen]
    return Split(split.train, Rows(inputs, targets), split.honest)


def _shifted_validation(split: Split, fault: Fault, _: Generator) -> Split:
    spread = split.train.inputs.std()
    return _validation(split, lambda x: x + (fault.amount or 0) * spread)


def _scaled_validation(split: Split, fault: Fault, _: Generator) -> Split:
    return _validation(split, lambda x: x * (fault.amount or 0))


def _inverted_training(split: Split, _: Fault, __: Generator) -> Split:
    x = split.train.inputs
    return _train(split, x.max() + x.min() - x, split.train.targets)


def _sorted_rows(split: Split, _: Fault, __: Generator) -> Split:
    order = split.train.targets.reshape(len(split.train), -1)[:, 0].argsort(stable=True)
    return _train(split, split.train.inputs[order], split.train.targets[order])


def _noise_inputs(split: Split, _: Fault, random: Generator) -> Split:
    def noise(x: Tensor) -> Tensor:
        if x.is_floating_point():
            return x.mean() + x.std() * torch.randn(x.shape, generator=random)
        return torch.randint(1, int(x.max()) + 1, x.shape, generator=random)

    train = _train(split, noise(split.train.inputs), split.train.targets)
    return _validation(train, noise)


def _constant_inputs(split: Split, _: Fault, __: Generator) -> Split:
    train = _train(split, torch.zeros_like(split.train.inputs), split.train.targets)
    return _validation(train, torch.zeros_like)


def _nan_inputs(split: Split, fault: Fault, random: Generator) -> Split:
    """At least one row, in its first number."""
    inputs = split.train.inputs.clone()
    rows = max(1, round(len(inputs) * (fault.amount or 0)))
    chosen = torch.randperm(len(inputs), generator=random)[:rows]
    inputs.reshape(len(inputs), -1)[chosen, 0] = torch.nan
    return _train(split, inputs, split.train.targets)


def _train(split: Split, inputs: Tensor, targets: Tensor) -> Split:
    return Split(Rows(inputs, targets), split.validation, split.honest)


def _validation(split: Split, change: Callable[[Tensor], Tensor]) -> Split:
    held = split.validation
    changed = None if held is None else Rows(change(held.inputs), held.targets)
    return Split(split.train, changed, split.honest)


CORRUPTIONS: dict[str, Corruption] = {
    "shuffled_labels": _shuffled_labels,
    "flipped_labels": _flipped_labels,
    "shifted_labels": _shifted_labels,
    "overlap": _overlap,
    "shifted_validation": _shifted_validation,
    "scaled_validation": _scaled_validation,
    "inverted_training": _inverted_training,
    "sorted_rows": _sorted_rows,
    "noise_inputs": _noise_inputs,
    "constant_inputs": _constant_inputs,
    "nan_inputs": _nan_inputs,
}
