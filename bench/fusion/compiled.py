"""B1 with forward, backward and update of a step compiled as one function.

Not among the rivals of issue 4, which are eager; shown beside them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad

from bench.fusion.cases import MOMENTUM, Case, Point, Samples
from bench.fusion.networks import Network, network_of
from bench.fusion.rivals import accuracy, batches, factors

Step = Callable[[list[Tensor], list[Tensor], Tensor, Tensor, Tensor, Tensor], None]


@dataclass(frozen=True)
class Compiled:
    """For networks without buffers. Weights are lists in the order of the network's parameters."""

    def train(self, case: Case, samples: Samples, points: list[Point]) -> list[float]:
        new_network = network_of(case, samples)
        form, step = _step(new_network)
        cosine = torch.tensor(factors(case, len(samples.labels)))
        found = []
        for point in points:
            weights = [weight.detach() for weight in new_network().parameters()]
            found.append(_trial(case, samples, form, step, weights, point, cosine))
        return found


def _trial(
    case: Case,
    samples: Samples,
    form: nn.Module,
    step: Step,
    weights: list[Tensor],
    point: Point,
    cosine: Tensor,
) -> float:
    velocities = [torch.zeros_like(weight) for weight in weights]
    weight_decay = torch.tensor(point.weight_decay)
    lrs, found = iter((point.lr * cosine).unbind()), []
    for _ in range(case.epochs):
        for inputs, labels in batches(samples, case.batch_size):
            step(weights, velocities, inputs, labels, next(lrs), weight_decay)
        logits = _logits(form, weights, samples.val_inputs)
        found.append(accuracy(logits, samples.val_labels))
    return float(torch.stack(found).max())


@cache
def _step(new_network: Network) -> tuple[nn.Module, Step]:
    """A network whose own weights are never used, and a compiled step for others of its shapes."""
    form = new_network()

    def step(
        weights: list[Tensor],
        velocities: list[Tensor],
        inputs: Tensor,
        labels: Tensor,
        lr: Tensor,
        weight_decay: Tensor,
    ) -> None:
        def loss(own: list[Tensor]) -> Tensor:
            return F.cross_entropy(_logits(form, own, inputs), labels)

        gradients = grad(loss)(weights)
        for weight, velocity, gradient in zip(weights, velocities, gradients, strict=True):
            velocity.mul_(MOMENTUM).add_(gradient + weight_decay * weight)
            weight.sub_(lr * velocity)

    return form, torch.compile(step, dynamic=False)


def _logits(form: nn.Module, weights: list[Tensor], inputs: Tensor) -> Tensor:
    names = [name for name, _ in form.named_parameters()]
    logits: Tensor = functional_call(form, dict(zip(names, weights, strict=True)), (inputs,))
    return logits
