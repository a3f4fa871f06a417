"""UMLAUT's checks, from its paper (Schoop, Huang, Hartmann, CHI 2021) and public repository.

BerkeleyHCI/umlaut, umlaut/heuristics.py: input range -1 … 1, floating inputs, square pictures, NaN
in the loss, a softmax before the loss, activations between layers, lr within 1e-7 … 0.01,
overfitting from one epoch to the next, validation accuracy above 0.95 or above training accuracy.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from bench.diagnosis.loop import Epoch
from bench.diagnosis.losses import ON_PROBABILITIES
from bench.diagnosis.rivals.rules import Rival

LOWEST, HIGHEST = -1.0, 1.0  # of the inputs
LEAST_LR, MOST_LR = 1e-7, 0.01
TOO_GOOD = 0.95  # validation accuracy
QUIET = 3  # epochs in which accuracies are not judged
SQUASHING = (nn.Softmax, nn.Sigmoid)


class Umlaut(Rival):
    """Fires as the callback would show an error."""

    CAUSES: ClassVar[Mapping[str, str]] = {
        "InputNotNormalized": "input_not_normalized",
        "NaNInLoss": "non_finite",
        "NoSoftmaxActivation": "output_activation_mismatch",
        "MissingActivation": "missing_nonlinearity",
        "LRHigh": "lr_too_high",
        "LRLow": "lr_too_low",
        "Overfitting": "overfitting",
        "OverconfidentValAccuracy": "data_leakage",
    }

    def look(self) -> None:
        """What needs no training."""
        self._last: Epoch | None = None
        x = self.run.split.train.inputs
        modules = [m for m in self.run.model.modules() if not list(m.children())]
        on_logits = self.run.config.loss not in ON_PROBABILITIES
        classes = self.run.classes is not None
        self.fire("InputNotFloating", not x.is_floating_point())
        self.fire("InputWrongShape", x.ndim == 4 and x.shape[2] != x.shape[3])
        if x.is_floating_point():
            self.fire("InputNotNormalized", float(x.min()) < LOWEST or float(x.max()) > HIGHEST)
        squashed = bool(modules) and isinstance(modules[-1], SQUASHING)
        self.fire("NoSoftmaxActivation", classes and not on_logits and not squashed)
        pairs = pairwise(modules)
        bare = any(isinstance(a, nn.Linear) and isinstance(b, nn.Linear) for a, b in pairs)
        self.fire("MissingActivation", bare)

    def judge_step(self, loss: float, inputs: Tensor, targets: Tensor) -> None:
        """Nothing: the callback is called after epochs."""

    def judge_epoch(self, scores: Epoch) -> None:
        """What the callback looks at after every epoch."""
        lr = self.run.optimizer.param_groups[0]["lr"]
        self.fire("LRHigh", lr > MOST_LR)
        self.fire("LRLow", lr < LEAST_LR)
        self.fire("NaNInLoss", math.isnan(scores.train_loss))
        last, val_loss = self._last, scores.val_loss
        if last is not None and val_loss is not None and last.val_loss is not None:
            worse, better = val_loss > last.val_loss, scores.train_loss <= last.train_loss
            self.fire("Overfitting", worse and better)
        train, val = scores.train_score, scores.val_score
        if scores.number > QUIET and train is not None and val is not None:
            self.fire("OverconfidentValAccuracy", val > TOO_GOOD or val > train)
        self._last = scores
