"""The best epoch of a run: what its checkpoint holds, and what early stopping waits for."""

import math

from torch import Tensor, nn

from trainer.checkpoint import Checkpoint
from trainer.form import Form
from trainer.recipe import EarlyStopping, Objective, Recipe


class Best:
    """The best epoch so far by the objective, and a copy of the weights it had.

    Equal epochs: the earlier stays. An epoch whose metric is not finite is never the best.
    """

    def __init__(self, objective: Objective) -> None:
        self._metric = objective.metric
        self._sign = 1.0 if objective.direction == "maximize" else -1.0
        self._value = -math.inf
        self._milestone = (0, -math.inf)  # the last epoch that beat min_delta, and its value
        self.epoch: int | None = None
        self.metrics: dict[str, float | None] = {}
        self._state: dict[str, Tensor] = {}

    def see(self, epoch: int, metrics: dict[str, float | None], model: nn.Module) -> None:
        """Look at an epoch that has ended."""
        value = metrics[self._metric]
        if value is None or self._sign * value <= self._value:
            return
        self._value = self._sign * value
        self.epoch, self.metrics = epoch, metrics
        self._state = {
            name: tensor.detach().to("cpu", copy=True)
            for name, tensor in model.state_dict().items()
        }

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

    def checkpoint(self, recipe: Recipe, form: Form) -> Checkpoint | None:
        """The best epoch's; None where there was none."""
        if self.epoch is None:
            return None
        return Checkpoint(recipe, form, self.epoch, self.metrics, self._state)
