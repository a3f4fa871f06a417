"""Trains copies of a model on twenty rows: with the run's own optimizer, and with a reference.

What the reference cannot fit has a fault in the model, the loss or the initialisation; what it
fits and the own optimizer does not, in the learning rate, the optimizer or a scale. Source of the
protocol: CS231n, "Babysitting the learning process"; Karpathy 2019, "overfit one batch".
"""

import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import LBFGS, Adam, Optimizer

from diagnostics.history import SignalValue, finite
from diagnostics.probes.initial import LossFn

ROWS = 20
OWN_STEPS = 500  # full batches
REFERENCE_STEPS = 1000
SHORT_STEPS = 100  # with another lr, to tell too low from too high
REFERENCE_LR = 3e-3
SHOWN = 50  # losses kept of a course
AWAY = 1.05  # × its first loss: a course that went wrong, however few its steps
FACTOR = 10.0  # of the lr that is tried below and above
ENOUGH = 0.02  # share of the baseline at which a subset is fitted, with all labels right


@dataclass(frozen=True)
class Course:
    """The losses of a short training, before each step and after the last, and the last accuracy.

    `steps` were made; `late` says that time ran out.
    """

    losses: tuple[float, ...]
    accuracy: float | None
    late: bool

    def tells(self, passed: float) -> bool:
        """Whether it may be judged: one that time cut short only if it got there or ran away."""
        first, last = self.losses[0], self.losses[-1]
        ended = not math.isfinite(last) or last < passed or last > AWAY * first
        return ended or not self.late

    def signals(self, name: str) -> dict[str, SignalValue]:
        """As by-step signals `name_loss`, thinned, and `name_accuracy`."""
        pace = max(1, math.ceil(len(self.losses) / SHOWN))
        shown = [*self.losses[:-1:pace], self.losses[-1]]
        found: dict[str, SignalValue] = {
            f"{name}_loss": [finite(loss) for loss in shown],
            f"{name}_steps": float(len(self.losses) - 1),
        }
        if self.accuracy is not None:
            found[f"{name}_accuracy"] = self.accuracy
        return found


def fit(
    model: nn.Module,
    optimizer: Optimizer,
    loss_fn: LossFn,
    inputs: Tensor,
    targets: Tensor,
    *,
    steps: int,
    fitted: float,
    labelled: bool,
    deadline: float = math.inf,
) -> Course:
    """Full batches in frozen order; `model` is a copy, with its regularisation off already.

    `labelled`: the largest output is the class. Ends when the loss is below `fitted` with every
    label right, when it is not finite, and at `deadline` (time.monotonic()).
    """

    def again() -> Tensor:
        """Some optimizers ask for the loss several times a step."""
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets).reshape(())
        torch.autograd.backward(loss)
        return loss

    losses: list[float] = []
    accuracy: float | None = None
    late = False
    with torch.enable_grad():
        while True:
            outputs = model(inputs)
            loss = loss_fn(outputs, targets).reshape(())
            losses.append(loss.item())
            accuracy = _accuracy(outputs, targets) if labelled else None
            late = time.monotonic() > deadline
            over = losses[-1] < fitted and accuracy in (None, 1.0)
            if over or late or len(losses) > steps or not math.isfinite(losses[-1]):
                break
            if not loss.requires_grad:
                break
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            if isinstance(optimizer, LBFGS):
                optimizer.step(again)  # type: ignore[no-untyped-call]
            else:
                optimizer.step()
    return Course(tuple(losses), accuracy, late)


def reference(model: nn.Module) -> Optimizer:
    """Adam at an lr that suits most models."""
    return Adam([p for p in model.parameters() if p.requires_grad], lr=REFERENCE_LR)


def without_decay(optimizer: Optimizer, factor: float = 1.0) -> Optimizer:
    """The same one with weight decay off and its first lr times `factor`."""
    for group in optimizer.param_groups:
        group["lr"] = float(group.get("initial_lr", group["lr"])) * factor
        if "weight_decay" in group:
            group["weight_decay"] = 0.0
    return optimizer


@torch.no_grad()
def chosen(targets: Tensor, classes: int | None, rows: int = ROWS) -> Tensor:
    """Which rows `[n]`: of labels as equal numbers of each class as there are, in turns.

    Labels that are no class are left out, as the loss does.
    """
    if classes is None or targets.ndim != 1:
        return torch.arange(min(rows, len(targets)), device=targets.device)
    seen: dict[int, int] = {}
    turns = []
    for number, label in enumerate(targets.tolist()):
        if 0 <= label < classes:
            seen[label] = seen.get(label, 0) + 1
            turns.append((seen[label], number))
    return torch.tensor([number for _, number in sorted(turns)[:rows]], device=targets.device)


@torch.no_grad()
def _accuracy(outputs: Tensor, targets: Tensor) -> float:
    return float((outputs.argmax(1) == targets).double().mean())
