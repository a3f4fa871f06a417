"""A short training of copies from the present weights, at the run's own lr and beside it.

Where a loss stands still this tells an lr that is too low or too high from a loss that no lr
lowers. Half of the sample is trained on and the other half measured: what is learned by heart in
so few steps does not count, and what is left where labels are noise does not fall.
"""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import LBFGS, Optimizer

from diagnostics.history import SignalValue, finite
from diagnostics.probes.copies import copied, plain
from diagnostics.probes.initial import LossFn, Sample
from diagnostics.probes.modes import regularisation_off

FACTORS = {"before": 0.0, "lower": 0.3, "same": 1.0, "higher": 3.0}  # of lr, in every group
STEPS = 30  # of each
ROWS = 512  # of the sample, at most
FEWEST_ROWS = 32  # of the sample: fewer measure nothing
PARTS = 8  # of what is measured: how much they differ says how sure it is
BATCH = 32  # rows of a step where nobody knows the run's own
SECONDS = 4.0  # for all of it; a test that takes longer says nothing


class LrTest:
    """`sample` is (inputs, targets) of the training data, as the model is given them."""

    def __init__(
        self, model: nn.Module, optimizer: Optimizer, loss_fn: LossFn, sample: Sample
    ) -> None:
        self._model = plain(model)
        self._optimizer = optimizer
        self._loss_fn = loss_fn
        self._sample = sample
        self._modes: list[bool] | None = None

    @property
    def lr(self) -> float:
        """The largest of the groups, as it is now."""
        return max(float(group["lr"]) for group in self._optimizer.param_groups)

    def see(self) -> None:
        """In the midst of an epoch: which modules train, as they may not at its end."""
        self._modes = [module.training for module in self._model.modules()]

    def run(
        self,
        *,
        batch: int | None = None,
        clip_norm: float | None = None,
        seconds: float = SECONDS,
    ) -> dict[str, SignalValue]:
        """Losses `[PARTS]` before and after each course; empty where it cannot be made in time.

        `batch` rows a step, gradients clipped to `clip_norm`, as the run's own are. Model,
        optimizer and random generators are left exactly as they were.
        """
        if not self._is_possible():
            return {}
        deadline = time.monotonic() + seconds
        try:
            with _generators_kept(self._model):
                found = {
                    f"lr_test_{name}": self._course(factor, batch or BATCH, clip_norm, deadline)
                    for name, factor in FACTORS.items()
                }
        except Exception:  # other people's code, on a copy: whatever it is, the run goes on
            return {}
        if any(loss is None for loss in found["lr_test_before"]):
            return {}
        return dict(found)

    def _is_possible(self) -> bool:
        """Not where a step asks for the loss again, the model talks to other processes, or random
        numbers come from a generator that could not be put back.
        """
        spread = hasattr(self._model, "no_sync")  # DistributedDataParallel and its kin
        asks_again = isinstance(self._optimizer, LBFGS)
        kept = all(p.device.type in ("cpu", "cuda") for p in self._model.parameters())
        return len(self._sample[0]) >= FEWEST_ROWS and kept and not asks_again and not spread

    def _course(
        self, factor: float, batch: int, clip_norm: float | None, deadline: float
    ) -> list[float | None]:
        """Losses `[PARTS]` of the measured half after so many steps on the other; 0: before any."""
        inputs, targets = (each[:ROWS] for each in self._sample)
        model, optimizer, loss_fn = copied(self._model, self._optimizer, self._loss_fn)
        for group in optimizer.param_groups:
            group["lr"] = group["lr"] * factor
        self._train_mode(model)
        _seed(self._model)
        order = _batches(len(inputs[::2]), batch)
        weights = [p for g in optimizer.param_groups for p in g["params"] if p.requires_grad]
        for step in range(STEPS if factor else 0):
            rows = order[step % len(order)].to(inputs.device)
            with torch.enable_grad():  # a report may be asked for where gradients are off
                loss = loss_fn(model(inputs[::2][rows]), targets[::2][rows]).reshape(())
                _differentiate(loss, weights)
            if clip_norm is not None:
                clip_grad_norm_(weights, clip_norm)
            optimizer.step()
            if time.monotonic() > deadline:
                raise TimeoutError
        return _measured(model, loss_fn, inputs[1::2], targets[1::2])

    def _train_mode(self, model: nn.Module) -> None:
        if self._modes is None:
            model.train()
            return
        for module, training in zip(model.modules(), self._modes, strict=True):
            module.training = training


def _differentiate(loss: Tensor, weights: list[Tensor]) -> None:
    """Of these alone: a loss that reads the run's own weights must leave no gradient there."""
    found = torch.autograd.grad(loss, weights, allow_unused=True)
    for weight, gradient in zip(weights, found, strict=True):
        weight.grad = gradient


def _batches(rows: int, batch: int) -> list[Tensor]:
    """Row numbers of each minibatch, the same at every call; the last one may be dropped."""
    drawn = torch.randperm(rows, generator=torch.Generator().manual_seed(0))
    whole = [each for each in torch.split(drawn, batch) if len(each) == batch]
    return whole or [drawn]


@torch.no_grad()
def _measured(
    model: nn.Module, loss_fn: Any, inputs: Tensor, targets: Tensor
) -> list[float | None]:
    with regularisation_off(model):
        outputs = model(inputs)
    losses = [
        loss_fn(*pair).reshape(())
        for pair in zip(outputs.tensor_split(PARTS), targets.tensor_split(PARTS), strict=True)
    ]
    return [finite(loss) for loss in torch.stack(losses).tolist()]


def _devices(model: nn.Module) -> list[int]:
    """The GPUs that the model lies on."""
    return sorted({p.device.index for p in model.parameters() if p.device.type == "cuda"})


def _seed(model: nn.Module) -> None:
    """The same masks for all courses; of no generator but those that are put back."""
    torch.default_generator.manual_seed(0)
    for device in _devices(model):
        torch.cuda.default_generators[device].manual_seed(0)


@contextmanager
def _generators_kept(model: nn.Module) -> Iterator[None]:
    """Those of torch where the model is, of Python and of numpy, put back at the end."""
    numpy = sys.modules.get("numpy")
    drawn, state = None if numpy is None else numpy.random.get_state(), random.getstate()
    with torch.random.fork_rng(devices=_devices(model)):
        try:
            yield
        finally:
            random.setstate(state)
            if numpy is not None:
                numpy.random.set_state(drawn)
