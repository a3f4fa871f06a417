"""Numbers that a model or a loss keeps as attributes, where they differ between the trials.

One module computes all trials, so that each such number becomes a vector [K], of which a trial sees
its own while the module runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd  # what all of torch's dropouts are

from trainer.errors import NotStackable
from trainer.models.autoencoder import GaussianNoise

Key = tuple[str, str]  # path of the module, name of its attribute
SMOOTHING = ("label_smoothing", "smoothing")  # numbers that torch takes as such, never as tensors
COMPARED = (bool, int, float, str, list, tuple, BaseModel, type(None))
SILENT = (_DropoutNd, GaussianNoise)  # a trial that has it at zero is built without it


Kind = TypeVar("Kind", bound=nn.Module)


def fullest(trials: Sequence[Kind]) -> Kind:
    """The trial with the most modules, which has all that any has, or they cannot be stacked."""
    most = max(trials, key=lambda trial: len(list(trial.modules())))
    for trial in trials:
        _check_modules(dict(most.named_modules()), dict(trial.named_modules()))
    return most


def differing(template: nn.Module, trials: Sequence[nn.Module]) -> dict[Key, Tensor]:
    """The numbers [K] that are not the same in all; dropout's rates are not among them.

    Raises NotStackable where anything else differs that one module cannot have in several ways.
    """
    owned = [dict(trial.named_modules()) for trial in trials]
    found: dict[Key, Tensor] = {}
    for path, module in template.named_modules():
        if isinstance(module, _DropoutNd):
            continue
        for name in _compared(module):
            values = [_value(modules.get(path), name) for modules in owned]
            if any(value != values[0] for value in values):
                found[path, name] = _vector(f"{path}.{name}", values, template)
    return found


def smooth(template: nn.Module, scalars: Mapping[Key, Tensor]) -> None:
    """Let the losses of `template` take a label smoothing that is a tensor."""
    for path, name in scalars:
        if name in SMOOTHING:
            _smooth(template.get_submodule(path), name)


@contextmanager
def seen(template: nn.Module, scalars: Mapping[Key, Tensor]) -> Iterator[None]:
    """One trial's numbers in their places, as long as it lasts."""
    owners = {key: vars(template.get_submodule(key[0])) for key in scalars}
    before = {key: owner[key[1]] for key, owner in owners.items()}
    for key, owner in owners.items():
        owner[key[1]] = scalars[key]
    try:
        yield
    finally:
        for key, owner in owners.items():
            owner[key[1]] = before[key]


def _smooth(loss: nn.Module, name: str) -> None:
    """(1 − ε)·L(0) + ε·L(1): the targets are a straight line in ε, and cross entropy in them."""
    plain, own = loss.forward, vars(loss)

    def forward(outputs: Tensor, targets: Tensor) -> Tensor:
        epsilon = own[name]
        try:
            own[name] = 0.0
            sharp: Tensor = plain(outputs, targets)
            own[name] = 1.0
            flat: Tensor = plain(outputs, targets)
        finally:
            own[name] = epsilon
        mixed: Tensor = (1 - epsilon) * sharp + epsilon * flat
        return mixed

    own["forward"] = forward


def _check_modules(most: Mapping[str, nn.Module], own: Mapping[str, nn.Module]) -> None:
    for path, module in most.items():
        missing = path not in own and not isinstance(module, SILENT)
        if missing or type(own.get(path, module)) is not type(module):
            raise NotStackable(path, type(module).__name__, "not every trial has this layer")
    if extra := own.keys() - most.keys():
        raise NotStackable(min(extra), type(own[min(extra)]).__name__, "not every trial has it")


def _compared(module: nn.Module) -> list[str]:
    """Names that are plain values of the module's own; torch's private ones have no numbers."""
    own = vars(module).items()
    return [n for n, v in own if isinstance(v, COMPARED) and n[0] != "_" and n != "training"]


def _value(module: nn.Module | None, name: str) -> object:
    return 0.0 if module is None else getattr(module, name)


def _vector(field: str, values: Sequence[object], template: nn.Module) -> Tensor:
    numbers = [value for value in values if isinstance(value, float)]
    if len(numbers) < len(values):
        raise NotStackable(field, list(values), "it differs between the trials and is no number")
    weight = next(template.parameters())
    return torch.tensor(numbers, dtype=weight.dtype, device=weight.device)
