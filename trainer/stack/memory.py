"""Memory: what a device has free, and what a trial of a stack takes of it."""

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch import Tensor

from trainer.evaluation import BATCH
from trainer.recipe import Recipe
from trainer.setup import Setup
from trainer.splits import Fold
from trainer.stack.optimizers import RULES
from trainer.summary import summarise, totals

AVAILABLE = "MemAvailable:"  # kB that Linux could give out without swapping


def free(device: str) -> int:
    """Bytes; on a GPU with those that torch has reserved and does not use."""
    if device.startswith("cuda"):
        idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + idle
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
            if line.startswith(AVAILABLE):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


class Peaks:
    """The most memory that was in use on a GPU while stacks of several widths were trained."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._found: dict[int, int] = {}

    @contextmanager
    def at(self, width: int) -> Iterator[None]:
        """What a stack of this width does."""
        torch.cuda.reset_peak_memory_stats(self._device)
        yield
        self._found[width] = torch.cuda.max_memory_allocated(self._device)

    def slope(self) -> int | None:
        """Bytes for each further trial; None until two widths are known."""
        if len(self._found) < 2:
            return None
        least, most = min(self._found), max(self._found)
        return math.ceil((self._found[most] - self._found[least]) / (most - least))


def counted(recipe: Recipe, setup: Setup, fold: Fold) -> int:
    """Bytes of one trial, from shapes: weights, gradients, what the optimizer keeps, activations.

    Also the copy of the best epoch's weights, and the outputs for the validation set. Activations
    are those of a training batch, or two layers' in evaluation where that is more.
    """
    own = [*setup.model.parameters(), *setup.loss_fn.parameters()]
    weights = _bytes(weight for weight in own if weight.requires_grad)
    kept = len(RULES.load(recipe.optimizer.name)(recipe.optimizer).kept(recipe.optimizer))
    held = _bytes(own) + _bytes(setup.model.buffers()) + _bytes(setup.loss_fn.buffers())
    best = _bytes(setup.model.state_dict().values())
    rows = summarise(setup.model, setup.form)
    training = min(recipe.batch_size, len(fold.train)) * totals(setup.model, rows).memory
    largest = max((row.memory for row in rows), default=0)
    examining = 2 * min(BATCH, len(fold.validation)) * largest
    outputs = 2 * len(fold.validation) * (rows[-1].memory if rows else 0)
    return held + weights * (1 + kept) + best + max(training, examining) + outputs


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
