"""What diagnostics.meter measures, of all trials at once: each measurement is a vector [K].

Nothing waits for the device before the epoch is closed. A weight is copied for as long as it is
updated, one at a time.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from diagnostics.history import SignalValue
from diagnostics.meter import summary
from diagnostics.probes.layers import weight_matrices
from trainer.stack.build import Stack, Trained

Before = tuple[Tensor, Tensor]  # a weight's block, and the norms [K] of its gradient


class StackMeter:
    """`every` [K]: a trial's update ratios are sampled in the first step and every so many."""

    def __init__(self, stack: Stack, every: Sequence[int]) -> None:
        self._stack = stack
        self._every = every
        self._blocks = layers(stack.trials[0])
        self._measured = set(self._blocks.values())
        self._losses: list[Tensor] = []
        self._sampled: list[int] = []
        self._ratios: list[Tensor] = []
        self._gradients: list[Tensor] = []
        self._found: dict[str, tuple[Tensor, Tensor]] = {}  # of this step: ratio, gradient norm

    def before(self, name: str, gradient: Tensor) -> Before | None:
        """Between clipping and update of a weight: what is needed after it; None if nothing is."""
        step = len(self._losses)
        if name not in self._measured or all(step % every for every in self._every):
            return None
        return self._stack.weights[name].detach().clone(), norm(gradient)

    def after(self, name: str, before: Before) -> None:
        """With what `before` has given, which is used up."""
        weight, gradient = before
        size = norm(weight)
        self._found[name] = norm(weight.sub_(self._stack.weights[name])) / size, gradient

    @torch.no_grad()
    def step(self, losses: Tensor) -> None:
        """At the end of a step: the losses [K] that it was for."""
        if self._found:
            pairs = [self._found.get(name) or self._still(name) for name in self._blocks.values()]
            self._ratios.append(torch.stack([ratio for ratio, _ in pairs]))
            self._gradients.append(torch.stack([gradient for _, gradient in pairs]))
            self._sampled.append(len(self._losses))
            self._found = {}
        self._losses.append(losses.detach())

    def close(self) -> list[dict[str, SignalValue]]:
        """Each trial's signals of the epoch, and a fresh epoch."""
        losses = torch.stack(self._losses).T.tolist()
        ratios, gradients = (self._by_trial(each) for each in (self._ratios, self._gradients))
        weights = [norm(self._stack.weights[name].detach()) for name in self._blocks.values()]
        ends = torch.stack(weights).T.tolist() if weights else [[]] * len(self._stack)
        sound = _finite(self._stack).tolist()
        found = [
            summary(
                list(self._blocks),
                losses=losses[slot],
                ratios=self._own(ratios[slot], every),
                gradients=self._own(gradients[slot], every),
                weight_norms=ends[slot],
                weights_finite=sound[slot],
            )
            for slot, every in enumerate(self._every)
        ]
        for kept in (self._losses, self._sampled, self._ratios, self._gradients):
            kept.clear()
        return found

    def _still(self, name: str) -> tuple[Tensor, Tensor]:
        """Of a weight that has no gradient: it does not change."""
        size = norm(self._stack.weights[name].detach())
        return torch.zeros_like(size) / size, torch.full_like(size, torch.nan)

    def _by_trial(self, samples: Sequence[Tensor]) -> list[list[list[float]]]:
        """[n, L, K] → a list of [n, L] for each trial."""
        if not samples:
            return [[] for _ in range(len(self._stack))]
        found: list[list[list[float]]] = torch.stack(list(samples)).movedim(2, 0).tolist()
        return found

    def _own(self, samples: list[list[float]], every: int) -> list[list[float]]:
        pairs = zip(self._sampled, samples, strict=False)  # no samples where nothing has layers
        return [sample for step, sample in pairs if step % every == 0]


def layers(trial: Trained) -> dict[str, str]:
    """Layer → the name of the block of its weights, as diagnostics calls layers."""
    names = {id(weight): name for name, weight in trial.named_parameters()}
    return {layer: names[id(weight)] for layer, weight in weight_matrices(trial.model).items()}


def norm(block: Tensor) -> Tensor:
    """Euclidean norm of each trial's part of a block [K, ...]: [K], at least in float32."""
    exact = torch.promote_types(block.dtype, torch.float32)
    found: Tensor = torch.linalg.vector_norm(block.flatten(1), dim=1, dtype=exact)
    return found


def _finite(stack: Stack) -> Tensor:
    """Whether all numbers of a trial's model are finite, [K]."""
    weights = [t for name, t in _parameters(stack) if name.startswith("model.")]
    flags = [torch.isfinite(weight.detach()).flatten(1).all(dim=1) for weight in weights]
    return torch.stack(flags).all(dim=0)


def _parameters(stack: Stack) -> Iterable[tuple[str, Tensor]]:
    names = [name for name, _ in stack.trials[0].named_parameters()]
    return [(name, (stack.weights | stack.rest)[name]) for name in names]
