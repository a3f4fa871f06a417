"""AutoTrainer's five problems, from its paper (Zhang et al., ICSE 2021) and public repository.

shiningrain/AUTOTRAINER, AutoTrainer/utils: defaults of `default_param`, judged every third epoch on
the gradients of the first batch. Accuracy decides whether anything is wrong at all, so that runs
without classes have nothing but NaN to be found by. The first problem found is kept, as training
then would be stopped and repaired.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor

from bench.diagnosis.loop import Epoch
from bench.diagnosis.rivals.rules import Rival

EVERY = 3  # epochs
BETA_1, BETA_2, BETA_3 = 1e-3, 1e-4, 70.0  # gradient norm of the first layer over the last one's
GAMMA = 0.7  # share of gradients that are zero
ZETA, ETA = 0.03, 0.2  # size of an oscillation of the accuracy; share of epochs with one
DELTA = 0.01  # least improvement of the accuracy between two epochs
THETA = 0.7  # accuracy to be reached
JUDGED = 0.3  # of the epochs, from which accuracies are judged
HUGE = 1e5  # validation loss that counts as not finite


class AutoTrainer(Rival):
    """`explode`, `relu`, `vanish`, `not_converge`, `unstable`."""

    CAUSES: ClassVar[Mapping[str, str]] = {
        "explode": "exploding_gradient",
        "relu": "dead_relu",
        "vanish": "vanishing_gradient",
        "not_converge": "lr_too_low",
        "unstable": "oscillating_loss",
    }

    def look(self) -> None:
        """Forgets everything."""
        self._scores: list[Epoch] = []
        self._features: set[str] = set()

    def judge_step(self, loss: float, inputs: Tensor, targets: Tensor) -> None:
        """Nothing: the callback is called after epochs."""

    def judge_epoch(self, scores: Epoch) -> None:
        """Adds to what was seen, then decides, as IssueMonitor.determine does."""
        self._scores.append(scores)
        if (scores.number - 1) % EVERY:
            return
        self._gradients()
        self._losses()
        if not self.fired:
            self._decide()

    def _gradients(self) -> None:
        gradients = self._first_batch()
        if any(not bool(g.isfinite().all()) for g in gradients):
            self._features.add("nan")
            return
        kernels = [float(g.norm()) for g in gradients if g.ndim > 1]
        ratio = kernels[0] / kernels[-1] if len(kernels) > 1 and kernels[-1] else math.nan
        zeros = sum(int((g == 0).sum()) for g in gradients) / sum(g.numel() for g in gradients)
        if ratio < BETA_1 and kernels[0] < BETA_2:
            self._features.add("vanish")
        if ratio > BETA_3:
            self._features.add("explode")
        if zeros >= GAMMA:
            self._features.add("relu")

    def _first_batch(self) -> list[Tensor]:
        """Gradients of the first rows, in evaluation mode; the model's own are left alone."""
        run, size = self.run, self.run.batch_size
        training = run.model.training
        run.model.eval()
        parameters = [p for p in run.model.parameters() if p.requires_grad]
        loss = run.loss_fn(run.model(run.split.train.inputs[:size]), run.targets[:size])
        found = torch.autograd.grad(loss, parameters, allow_unused=True)
        run.model.train(training)
        return [
            torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)
        ]

    def _losses(self) -> None:
        last = self._scores[-1]
        losses = [last.train_loss, *([] if last.val_loss is None else [last.val_loss])]
        if not all(map(math.isfinite, losses)) or losses[-1] >= HUGE:
            self._features.add("nan")
            return
        if len(self._scores) < JUDGED * self.run.config.epochs:
            return
        series = [
            [s for s in column if s is not None]
            for column in zip(*((e.train_score, e.val_score) for e in self._scores), strict=True)
        ]
        known = [column for column in series if column]
        if not known:
            return
        if _oscillates(known[0]):
            self._features.add("unstable")
        if any(max(column) < THETA for column in known):
            self._features.add("poor")
        if all(_steepest(column) < DELTA for column in known):
            self._features.add("slow")

    def _decide(self) -> None:
        has = self._features
        self.fire("explode", "nan" in has)
        if has & {"poor", "slow"}:
            for name in ("relu", "explode", "vanish"):
                if name in has:
                    self.fire(name, True)
                    return
            self.fire("not_converge", "slow" in has)
        else:
            self.fire("unstable", "unstable" in has)


def _oscillates(accuracies: list[float]) -> bool:
    tops, bottoms = [], []
    for before, here, after in zip(accuracies, accuracies[1:], accuracies[2:], strict=False):
        if here >= max(before, after):
            tops.append(here)
        if here <= min(before, after):
            bottoms.append(here)
    swings = sum(top - bottom >= ZETA for top, bottom in zip(tops, bottoms, strict=False))
    return swings >= ETA * len(accuracies)


def _steepest(accuracies: list[float]) -> float:
    return max((b - a for a, b in pairwise(accuracies)), default=0.0)
