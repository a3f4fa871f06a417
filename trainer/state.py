"""The whole state of one model's training, from which it goes on bit for bit.

Random numbers need no place in it: they follow from seeds, epoch and step.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from diagnostics.history import History
from trainer import schedules
from trainer.best import Best, Metrics, copies
from trainer.errors import BadCheckpoint
from trainer.events import Outcome
from trainer.recipe import Recipe
from trainer.setup import Setup

MODEL, LOSS, OPTIMIZER, BEST = "model.", "loss.", "optimizer.", "best."


@dataclass(frozen=True)
class State:
    """The state after `epoch`; `tensors` are prefixed by what they belong to.

    `outcome` is how the run ended with this epoch; None where it goes on.
    """

    recipe: Recipe
    epoch: int
    outcome: Outcome | None
    best_epoch: int | None
    best_metrics: Metrics
    progress: dict[str, float | None]
    schedule: dict[str, float | None]
    history: History
    tensors: dict[str, Tensor]

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        epoch: int,
        outcome: Outcome | None,
        setup: Setup,
        best: Best,
        history: History,
    ) -> "State":
        """The state as it is now, copied to the CPU."""
        tensors = {
            **_prefixed(MODEL, copies(setup.model)),
            **_prefixed(LOSS, copies(setup.loss_fn)),
            **_prefixed(OPTIMIZER, _moments(setup.optimizer)),
            **_prefixed(BEST, best.state),
        }
        return cls(
            recipe=recipe,
            epoch=epoch,
            outcome=outcome,
            best_epoch=best.epoch,
            best_metrics=best.metrics,
            progress=best.progress.state(),
            schedule=schedules.state(setup.schedule),
            history=History.from_dict(history.to_dict()),
            tensors=tensors,
        )

    def restore(self, recipe: Recipe, setup: Setup, best: Best) -> int:
        """Put the state back; the number of the last epoch that was trained.

        `epochs` may be another; raises BadCheckpoint where anything else of the recipe is.
        """
        if recipe.model_copy(update={"epochs": self.recipe.epochs}) != self.recipe:
            raise BadCheckpoint(f"this snapshot of epoch {self.epoch} is of another recipe")
        setup.model.load_state_dict(_of(MODEL, self.tensors))
        setup.loss_fn.load_state_dict(_of(LOSS, self.tensors))
        _load_moments(setup.optimizer, _of(OPTIMIZER, self.tensors))
        schedules.restore(setup.schedule, self.schedule)
        best.epoch, best.metrics = self.best_epoch, self.best_metrics
        best.state = _of(BEST, self.tensors)
        best.progress.restore(self.progress)
        return self.epoch


def _prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def _of(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}


def _moments(optimizer: Optimizer) -> dict[str, Tensor]:
    """`<number of the parameter>.<name>` → tensor; an optimizer keeps no state beside tensors."""
    return {
        f"{number}.{name}": value.detach().to("cpu", copy=True)
        for number, kept in optimizer.state_dict()["state"].items()
        for name, value in kept.items()
        if isinstance(value, Tensor)
    }


def _load_moments(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    with torch.no_grad():
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
