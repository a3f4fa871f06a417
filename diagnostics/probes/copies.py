"""Copies of a model, to be trained and spoilt without harm to the original."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from diagnostics.probes.layers import COMPILED


class NotCopied(ValueError):
    """The model cannot be copied, so nothing can be tried on it."""


def plain(model: nn.Module) -> nn.Module:
    """The module that torch.compile wrapped, or the model itself."""
    return getattr(model, COMPILED.rstrip("."), model)


def copied(model: nn.Module, optimizer: Optimizer | None, loss_fn: Any) -> tuple[Any, Any, Any]:
    """(model, optimizer, loss): the optimizer's parameters are the copied model's.

    Raises NotCopied where a module keeps what torch cannot copy.
    """
    loss = loss_fn if isinstance(loss_fn, nn.Module) else None
    try:
        with _detached(model):
            parts = copy.deepcopy((plain(model), optimizer, loss, _left_behind(optimizer)))
    except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
        raise NotCopied(f"the model cannot be copied: {error}") from error
    pupil, chosen, criterion, rest = parts
    for name, value in rest.items():
        vars(chosen).setdefault(name, value)
    for parameter in pupil.parameters():
        parameter.grad = None
    return pupil, chosen, loss_fn if criterion is None else criterion


@contextmanager
def _detached(model: nn.Module) -> Iterator[None]:
    """Without the graphs of what modules keep of their last pass: these cannot be copied."""
    held = [
        (vars(module), name, value)
        for module in model.modules()
        for name, value in vars(module).items()
        if isinstance(value, Tensor) and value.grad_fn is not None
    ]
    for kept, name, value in held:
        kept[name] = value.detach()
    try:
        yield
    finally:
        for kept, name, value in held:
            kept[name] = value


def _left_behind(optimizer: Optimizer | None) -> dict[str, Any]:
    """What an optimizer keeps beside its state, which a copy of it is not given (LBFGS)."""
    if optimizer is None:
        return {}
    taken = optimizer.__getstate__()
    own = {name: value for name, value in vars(optimizer).items() if not callable(value)}
    return {name: value for name, value in own.items() if name not in taken and "hooks" not in name}
