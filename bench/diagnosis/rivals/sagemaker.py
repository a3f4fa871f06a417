"""Amazon SageMaker Debugger's built-in rules with their default parameters.

From the developer guide, "List of Debugger built-in rules". Losses and weights are looked at in
every step, the other tensors every tenth (the guide's default of 500 would see nothing of runs as
short as these). Left out: TensorVariance, which has no default; Confusion, whose formula as
documented fires for any run of more than one class; SimilarAcrossRuns, StalledTraining,
NLPSequenceRatio and the rules for XGBoost, which are about something else.
"""

import math
from collections.abc import Callable, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from bench.diagnosis.loop import Epoch
from bench.diagnosis.rivals.rules import Rival

EVERY = 10  # steps between two looks at gradients and activations; LossNotDecreasing.num_steps
VANISHED = 1e-7  # VanishingGradient.threshold: mean |gradient|
INACTIVE, OF_LAYER = 0.01, 0.5  # DeadRelu, SaturatedActivation: threshold_inactivity, _layer
SATURATED = {nn.Tanh: (-9.4999, 9.4999), nn.Sigmoid: (-23.0, 16.99999)}  # inputs
LARGE, SMALL, EPSILON = 10.0, 1e-8, 1e-9  # WeightUpdateRatio
UNCHANGED, RTOL, ATOL = 3, 1e-5, 1e-8  # UnchangedTensor: num_steps and numpy.allclose
IMBALANCE, MISPREDICTED, LABELS = 10.0, 0.7, 500  # ClassImbalance
OVERFIT = 0.1  # Overfit.ratio_threshold, patience 1
PATIENCE, VAL_PATIENCE, DELTA = 5, 10, 0.1  # Overtraining
VARIANCES, RANGE, FIRST, NO_LOSS = 10.0, 0.001, 10, 5  # PoorWeightInitialization
MEAN, PICTURES = 0.2, 500  # CheckInputImages


class SageMaker(Rival):
    """All rules that apply to a network, at once."""

    CAUSES: ClassVar[Mapping[str, str]] = {
        "VanishingGradient": "vanishing_gradient",
        "ExplodingTensor": "non_finite",
        "DeadRelu": "dead_relu",
        "SaturatedActivation": "saturation",
        "LossNotDecreasing": "no_learning",
        "WeightUpdateRatio, large": "lr_too_high",
        "WeightUpdateRatio, small": "lr_too_low",
        "UnchangedTensor": "parameters_not_updated",
        "ClassImbalance": "class_imbalance",
        "Overfit": "overfitting",
        "Overtraining": "overfitting",
        "PoorWeightInitialization": "init_scale_too_small",
        "CheckInputImages": "input_not_normalized",
    }

    def look(self) -> None:
        """Listens to the activations, and looks at the pictures."""
        self._losses: list[float] = []
        self._train: list[float] = []
        self._val: list[float] = []
        self._weights = self._copied()
        self._still = 0
        self._seen: dict[str, tuple[nn.Module, Tensor, Tensor]] = {}
        self._labels: list[Tensor] = []
        self._hit: list[Tensor] = []
        for name, module in self.run.model.named_modules():
            if isinstance(module, nn.ReLU | nn.Tanh | nn.Sigmoid):
                module.register_forward_hook(self._hook(name))
        x = self.run.split.train.inputs
        if x.ndim == 4 and len(x) >= PICTURES:
            self.fire("CheckInputImages", abs(float(x.mean())) > MEAN)

    def judge_step(self, loss: float, inputs: Tensor, targets: Tensor) -> None:
        """Losses and weights now, gradients and activations now and then."""
        self._losses.append(loss)
        self._judge_loss()
        self._judge_weights()
        if self.steps % EVERY == 0 or self.steps <= FIRST:
            self._judge_gradients()
            self._judge_activations()
        if self.steps <= FIRST:
            self._judge_start()

    def judge_epoch(self, scores: Epoch) -> None:
        """Overfit, Overtraining and ClassImbalance."""
        self._train.append(scores.train_loss)
        self._judge_classes()
        if scores.val_loss is None:
            return
        self._val.append(scores.val_loss)
        gap = scores.val_loss - scores.train_loss
        self.fire("Overfit", gap > OVERFIT * abs(scores.train_loss))
        stalled = _stalled(self._train, PATIENCE) and _stalled(self._val, VAL_PATIENCE)
        self.fire("Overtraining", stalled)

    def _judge_loss(self) -> None:
        losses = self._losses
        self.fire("ExplodingTensor", not math.isfinite(losses[-1]))
        if self.steps % EVERY == 0 and len(losses) > EVERY:
            self.fire("LossNotDecreasing", losses[-1] >= losses[-1 - EVERY])

    def _judge_weights(self) -> None:
        before, now = self._weights, self._copied()
        same = True
        for name, weight in now.items():
            change = float((weight - before[name]).abs().mean())
            ratio = change / (float(before[name].abs().mean()) + EPSILON)
            self.fire("WeightUpdateRatio, large", ratio > LARGE)
            self.fire("WeightUpdateRatio, small", ratio < SMALL)
            self.fire("AllZero", not bool(weight.any()))
            same = same and bool(torch.allclose(weight, before[name], RTOL, ATOL))
        self._still = self._still + 1 if same else 0
        self.fire("UnchangedTensor", self._still >= UNCHANGED - 1)
        self._weights = now

    def _judge_gradients(self) -> None:
        for parameter in self.run.model.parameters():
            if parameter.grad is not None:
                self.fire("VanishingGradient", float(parameter.grad.abs().mean()) < VANISHED)
                finite = bool(parameter.grad.isfinite().all())
                self.fire("ExplodingTensor", not finite)

    def _judge_activations(self) -> None:
        for module, before, after in self._seen.values():
            if isinstance(module, nn.ReLU):
                idle = (after > 0).float().mean(0) < INACTIVE
                self.fire("DeadRelu", float(idle.float().mean()) > OF_LAYER)
                continue
            low, high = SATURATED[type(module)]
            idle = ((before > low) & (before < high)).float().mean(0) < INACTIVE
            self.fire("SaturatedActivation", float(idle.float().mean()) > OF_LAYER)

    def _judge_start(self) -> None:
        """PoorWeightInitialization: any of its three conditions, in the first ten steps."""
        relus = [before for module, before, _ in self._seen.values() if isinstance(module, nn.ReLU)]
        variances = [float(before.var()) for before in relus]
        if len(variances) > 1:
            self.fire("PoorWeightInitialization", max(variances) > VARIANCES * min(variances))
        spread = [
            float(p.grad.float().quantile(0.95) - p.grad.float().quantile(0.05))
            for p in self.run.model.parameters()
            if p.grad is not None and p.grad.numel() > 1
        ]
        self.fire("PoorWeightInitialization", bool(spread) and min(spread) < RANGE)
        best = min(range(len(self._losses)), key=self._losses.__getitem__)
        self.fire("PoorWeightInitialization", len(self._losses) - 1 - best >= NO_LOSS)

    def _judge_classes(self) -> None:
        """Counts of the training labels, and what is mispredicted of each class in training."""
        labels = self.run.split.train.targets
        if self.run.classes is None or labels.ndim > 1 or len(labels) < LABELS:
            return
        counts = labels.bincount(minlength=self.run.classes)
        most, least = float(counts.max()), float(counts.min().clamp(min=1))
        self.fire("ClassImbalance", most > IMBALANCE * least)
        with torch.no_grad():
            outputs = self.run.model(self.run.split.train.inputs)
        if outputs.shape[1] > 1:
            wrong = (outputs.argmax(1) != labels).float()
            shares = [float(wrong[labels == c].mean()) for c in range(len(counts)) if counts[c]]
            self.fire("ClassImbalance", max(shares) > MISPREDICTED)

    def _copied(self) -> dict[str, Tensor]:
        """The collection `weights`: no biases."""
        named = self.run.model.named_parameters()
        return {name: p.detach().clone() for name, p in named if name.endswith("weight")}

    def _hook(self, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def see(module: nn.Module, given: tuple[Tensor, ...], found: Tensor) -> None:
            if module.training:
                self._seen[name] = (module, given[0].detach(), found.detach())

        return see


def _stalled(losses: list[float], patience: int) -> bool:
    """Whether the last `patience` losses bring no new optimum by DELTA."""
    best, since = math.inf, 0
    for loss in losses:
        best, since = (loss, 0) if loss < best - DELTA else (best, since + 1)
    return since >= patience
