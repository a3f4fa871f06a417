"""The best epoch of a run: what its checkpoint holds, and what early stopping waits for."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from diagnostics.history import SignalValue
from trainer.checkpoint import PREPROCESS, Checkpoint
from trainer.errors import BadCheckpoint
from trainer.form import Form
from trainer.recipe import EarlyStopping, Objective, Recipe

Metrics = dict[str, float | None]


class Progress:
    """The best epoch so far by the objective.

    Equal epochs: the earlier stays. An epoch whose metric is not finite is never the best.
    """

    def __init__(self, objective: Objective) -> None:
        self.metric = objective.metric
        self._sign = 1.0 if objective.direction == "maximize" else -1.0
        self._value = -math.inf
        self._milestone = (0, -math.inf)  # the last epoch that beat min_delta, and its value

    def see(self, metrics: Mapping[str, SignalValue]) -> bool:
        """Look at an epoch that has ended: whether it is the best."""
        value = metrics.get(self.metric)
        if not isinstance(value, int | float) or self._sign * value <= self._value:
            return False
        self._value = self._sign * value
        return True

    def stale(self, epoch: int, rule: EarlyStopping | None) -> bool:
        """Whether the rule ends the run here; to be asked after every epoch.

        An epoch counts as progress where it beats the last progress by more than `min_delta`, so
        that many steps smaller than that add up to one.
        """
        if rule is None:
            return False
        if self._value > self._milestone[1] + rule.min_delta:
            self._milestone = (epoch, self._value)
        return epoch - self._milestone[0] >= rule.patience

    def state(self) -> dict[str, float | None]:
        """What a snapshot keeps: numbers, None for minus infinity."""
        numbers = (self._value, *self._milestone)
        names = ("value", "milestone_epoch", "milestone_value")
        return {k: v if math.isfinite(v) else None for k, v in zip(names, numbers, strict=True)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """The inverse of `state`. Raises BadCheckpoint, and then changes nothing."""
        if state.keys() != self.state().keys() or state["milestone_epoch"] is None:
            message = f"progress is {dict(state)}, which no epoch leaves; take another snapshot"
            raise BadCheckpoint(message)
        value, epoch, milestone = (
            -math.inf if state[name] is None else state[name]
            for name in ("value", "milestone_epoch", "milestone_value")
        )
        self._value, self._milestone = value, (int(epoch), milestone)


class Best:
    """The best epoch, and a copy of the weights it had."""

    def __init__(self, objective: Objective) -> None:
        self.progress = Progress(objective)
        self.epoch: int | None = None
        self.metrics: Metrics = {}
        self.state: dict[str, Tensor] = {}

    def see(
        self,
        epoch: int,
        metrics: Metrics,
        model: nn.Module,
        signals: Mapping[str, SignalValue] | None = None,
    ) -> None:
        """Look at an epoch that has ended; the objective may be one of its `signals`."""
        seen = {**(signals or {}), **metrics}
        if self.progress.see(seen):
            metric = self.progress.metric
            self.epoch, self.metrics = epoch, {**metrics, metric: _number(seen[metric])}
            self.state = copies(model)

    def stale(self, epoch: int, rule: EarlyStopping | None) -> bool:
        """As `Progress.stale`."""
        return self.progress.stale(epoch, rule)

    def checkpoint(
        self, recipe: Recipe, form: Form, preprocess: nn.Module | None = None
    ) -> Checkpoint | None:
        """The best epoch's; None where there was none."""
        if self.epoch is None:
            return None
        fitted = {} if preprocess is None else copies(preprocess)
        state = self.state | {PREPROCESS + name: tensor for name, tensor in fitted.items()}
        return Checkpoint(recipe, form, self.epoch, self.metrics, state)


def _number(value: SignalValue) -> float | None:
    return value if isinstance(value, int | float) else None


def copies(module: nn.Module) -> dict[str, Tensor]:
    """The module's state, on the CPU."""
    return {name: t.detach().to("cpu", copy=True) for name, t in module.state_dict().items()}
