"""Whether the loop does what a loop must: fresh gradients, steps downhill, training mode.

One small tensor of the model stands for all: what the loop does to it, it does to every one.
"""

import math
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

from diagnostics.history import SignalValue, finite
from diagnostics.probes.copies import plain

FEWEST = 2  # numbers that the watched tensor should have, so that a direction means something
STALE = 1e-3  # relative rest at which a gradient is the last step's plus the new one
FRESH = 1e-2  # relative rest at which it is not the new one alone
KEPT = 16  # lengths of gradients that are remembered
SAME = 1e-2  # relative difference of two factors that are one
EXACT = 1e-3  # relative distance from 1, or from a power of 2, that is none


class Pulse:
    """Between `arm()` and `beat()` lies one whole step of the loop."""

    def __init__(self, model: nn.Module, optimizer: Any = None) -> None:
        self._model = model
        self._watched = smallest(model, optimizer)
        self._flow = _Flow()
        self._before: Tensor | None = None
        self._stale: list[Tensor] = []
        self._downhill: list[Tensor] = []
        self._lengths: list[Tensor] = []
        self._cut = Cut()
        self._beats = self._evaluating = 0
        self._inputs = _Inputs()
        self._hook: Any = None
        if self._watched is not None:
            handle = self._watched.register_hook(self._flow.see)  # type: ignore[no-untyped-call]
            weakref.finalize(self, handle.remove)

    def arm(self) -> None:
        """Before a step that is to be measured: what is there now."""
        if self._watched is None:
            return
        gradient = self._watched.grad
        self._unhook()  # armed twice: an epoch ended in between
        if plain(self._model) is self._model:  # a compiled model would be compiled anew
            self._hook = self._inputs.attach(self._model)
        self._flow.open(None if gradient is None else gradient.detach().clone())
        self._before = self._watched.detach().clone()

    @torch.no_grad()
    def beat(self) -> None:
        """After that step."""
        self._unhook()
        self._beats += 1
        self._evaluating += not self._model.training
        flow, watched = self._flow, self._watched
        gradient = None if watched is None else watched.grad
        if watched is not None and gradient is not None and self._before is not None:
            came = gradient  # what came since may be another optimizer's as well
            if flow.came is not None:
                came = torch.where(gradient.any(), gradient, flow.came)
            self._downhill.append(along(self._before - watched, came))
            if flow.came is not None:
                self._lengths.append(_length(gradient, flow.came))
            if flow.left is not None and flow.came is not None:
                self._stale.append(_is_stale(gradient, flow.left, flow.came))
        flow.shut()

    def _unhook(self) -> None:
        if self._hook is not None:
            self._hook()
            self._hook = None

    def close(self) -> dict[str, SignalValue]:
        """The epoch's signals: waits for the device."""
        found: dict[str, SignalValue] = {}
        if self._beats:
            found["evaluation_mode"] = self._evaluating / self._beats
        if self._inputs.rows:
            found["batch_size"] = float(self._inputs.rows)
        if self._stale:
            found["stale_gradient"] = float(torch.stack(self._stale).double().mean())
        if self._downhill:
            found["downhill"] = finite(float(torch.stack(self._downhill).double().median()))
        if self._lengths:
            found["clipped_steps"] = self._cut.share(torch.stack(self._lengths).tolist())
        self._beats = self._evaluating = 0
        for kept in (self._stale, self._downhill, self._lengths):
            kept.clear()
        return found


class Cut:
    """Which gradients were clipped, by their length as a share of what came from the loss.

    What a loss scaler takes away again is a power of two, what an average over workers or batches
    takes is always the same: only factors below 1 that differ are clipping.
    """

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=KEPT)

    def share(self, lengths: Sequence[float]) -> float:
        """Of the latest steps, with these as the newest; nan where a gradient was no multiple."""
        self._seen.extend(length for length in lengths if math.isfinite(length) and length > 0)
        cut = [each for each in self._seen if each < 1 - EXACT and not _is_power(each)]
        if not cut or max(cut) - min(cut) <= SAME * max(cut):
            return 0.0
        return len(cut) / len(self._seen)


def _is_power(length: float) -> bool:
    """Of two."""
    log = math.log2(length)
    return abs(log - round(log)) < EXACT


def _length(gradient: Tensor, came: Tensor) -> Tensor:
    """‖gradient‖ as a share of what came, `[]`; nan where they do not point the same way."""
    size = came.norm()
    share = gradient.norm() / size
    apart = (gradient - share * came).norm() > FRESH * gradient.norm()
    return torch.where(apart, torch.nan, share)


class _Inputs:
    """How many rows the model is given at once in training.

    Listens to all modules: what is hooked to a model is copied and saved with it.
    """

    rows = 0

    def attach(self, model: nn.Module) -> Callable[[], object]:
        """Until what is returned is called, or the model is gone."""
        self._model = weakref.ref(model)
        handle = register_module_forward_pre_hook(self)
        return weakref.finalize(model, handle.remove)

    def __call__(self, model: nn.Module, given: tuple[Any, ...]) -> None:
        if model is not self._model():
            return
        first = given[0] if given else None
        if model.training and isinstance(first, Tensor) and first.ndim:
            self.rows = max(self.rows, len(first))  # the last batch of an epoch may be small


class _Flow:
    """What the last step `left` in the gradient, and what `came` to it since."""

    __torch_unserializable__ = True  # a model that is saved leaves its hooks behind

    def __init__(self) -> None:
        self.left: Tensor | None = None
        self.came: Tensor | None = None
        self._open = False

    def open(self, left: Tensor | None) -> None:
        self.left, self.came, self._open = left, None, True

    def shut(self) -> None:
        self.left, self.came, self._open = None, None, False

    def see(self, gradient: Tensor) -> None:
        """One backward pass's share."""
        if self._open:
            new = gradient.detach()
            self.came = new.clone() if self.came is None else self.came + new


def along(moved: Tensor, gradient: Tensor) -> Tensor:
    """Cosine of two tensors, `[]`; 0 where one of them is nothing."""
    size = moved.norm() * gradient.norm()
    along: Tensor = (moved * gradient).sum() / size.clamp_min(torch.finfo(moved.dtype).tiny)
    return along


def _is_stale(gradient: Tensor, left: Tensor, came: Tensor) -> Tensor:
    """A sum over steps: exactly the last one's gradient and the new one, and not the new alone."""
    size = gradient.norm()
    together = (gradient - left - came).norm() <= STALE * size
    alone = (gradient - came).norm() <= FRESH * size
    stale: Tensor = together & ~alone & (size > 0)
    return stale


def smallest(model: nn.Module, optimizer: Any) -> nn.Parameter | None:
    """The last trainable tensor of the optimizer with few numbers, but not just one."""
    groups = () if optimizer is None else optimizer.param_groups
    held = {id(p) for group in groups for p in group["params"]}
    found = [p for p in model.parameters() if p.requires_grad and (not held or id(p) in held)]
    several: list[Any] = [p for p in found if p.numel() >= FEWEST]
    return min(reversed(several or found), key=lambda p: p.numel(), default=None)
