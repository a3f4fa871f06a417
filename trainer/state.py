"""The whole state of one model's training, from which it goes on bit for bit.

Random numbers need no place in it: they follow from seeds, epoch and step.
"""

import copy
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

        `epochs` may be another; raises BadCheckpoint where anything else of the recipe is, and
        where this state does not fit it, which shows before any tensor is put back.
        """
        if recipe.model_copy(update={"epochs": self.recipe.epochs}) != self.recipe:
            raise BadCheckpoint(f"this snapshot of epoch {self.epoch} is of another recipe")
        self._refuse_misfits(setup, best.progress.metric)
        best.progress.restore(self.progress)
        schedules.restore(setup.schedule, self.schedule)
        setup.model.load_state_dict(_of(MODEL, self.tensors))
        setup.loss_fn.load_state_dict(_of(LOSS, self.tensors))
        _load_moments(setup.optimizer, _of(OPTIMIZER, self.tensors))
        best.epoch, best.metrics = self.best_epoch, self.best_metrics
        best.state = _of(BEST, self.tensors)
        return self.epoch

    def _refuse_misfits(self, setup: Setup, metric: str) -> None:
        """Raises BadCheckpoint that names the first thing that is not as this setup leaves it."""
        model, loss = setup.model.state_dict(), setup.loss_fn.state_dict()
        seen = self.best_epoch is not None
        expected = {
            **_prefixed(MODEL, model),
            **_prefixed(LOSS, loss),
            **_prefixed(OPTIMIZER, _expected(setup.optimizer, _of(OPTIMIZER, self.tensors))),
            **_prefixed(BEST, model if seen else {}),
        }
        wrong = _misfit(self.tensors, expected)
        if wrong is None and seen and metric not in self.best_metrics:
            wrong = f"the best epoch was not chosen by {metric}"
        if wrong is not None:
            message = f"this snapshot of epoch {self.epoch} cannot be gone on from: {wrong}"
            raise BadCheckpoint(f"{message}; take another one")


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


def _expected(optimizer: Optimizer, found: dict[str, Tensor]) -> dict[str, Tensor]:
    """What it keeps after a step, found out by one of a copy.

    Parameters of which nothing is found are left out, unless all are: torch keeps nothing for one
    that never had a gradient.
    """
    twin = copy.deepcopy(optimizer)
    for group in twin.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    twin.step()
    moments, known = _moments(twin), {_number(name) for name in found}
    return {k: t for k, t in moments.items() if _number(k) in known or not known}


def _number(name: str) -> str:
    return name.split(".", 1)[0]


def _misfit(found: dict[str, Tensor], expected: dict[str, Tensor]) -> str | None:
    """Says what is wrong with the first tensor that is missing, unknown or of another form."""
    for name, tensor in expected.items():
        if name not in found:
            return f"{name} is missing"
        if _form(found[name]) != _form(tensor):
            return f"{name} is {_form(found[name])} and not {_form(tensor)}"
    unknown = [name for name in found if name not in expected]
    return f"{unknown[0]} belongs to nothing that is trained" if unknown else None


def _form(tensor: Tensor) -> str:
    """`float32 [64, 10]`."""
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"


def _load_moments(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    with torch.no_grad():
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
