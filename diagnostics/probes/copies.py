"""Copies of a model, to be trained and spoilt without harm to the original."""

import copy
from typing import Any

from torch import nn
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
        pupil, chosen, criterion = copy.deepcopy((plain(model), optimizer, loss))
    except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
        raise NotCopied(f"the model cannot be copied: {error}") from error
    for parameter in pupil.parameters():
        parameter.grad = None
    return pupil, chosen, loss_fn if criterion is None else criterion
