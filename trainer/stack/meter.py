"""What diagnostics.meter measures, of all trials at once: each measurement is a vector [K].

Nothing waits for the device before the epoch is closed.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from diagnostics.history import SignalValue
from diagnostics.meter import summary
from diagnostics.probes.layers import weight_matrices
from trainer.stack.build import Blocks, Stack, Trained


class StackMeter:
    """`every` [K]: a trial's update ratios are sampled in the first step and every so many."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.every: list[int] = []
        self._blocks = layers(stack.trials[0])
        self._losses: list[Tensor] = []
        self._sampled: list[int] = []
        self._ratios: list[Tensor] = []
        self._gradients: list[Tensor] = []
        self._before: list[Tensor] | None = None

    @torch.no_grad()
    def before(self, gradients: Blocks) -> None:
        """Between clipping and update: what a sampled step needs from before it."""
        step = len(self._losses)
        if not self._blocks or all(step % every for every in self.every):
            return
        self._sampled.append(step)
        weights = self._weights()
        self._before = [weight.clone() for weight in weights]
        self._gradients.append(norms(self._gradient(gradients, name) for name in self._blocks))

    @torch.no_grad()
    def after(self, losses: Tensor) -> None:
        """After the update, with the losses [K] that it was for."""
        self._losses.append(losses.detach())
        if self._before is not None:
            changes = norms(n - o for n, o in zip(self._weights(), self._before, strict=True))
            self._ratios.append(changes / norms(self._before))
            self._before = None

    def close(self) -> list[dict[str, SignalValue]]:
        """Each trial's signals of the epoch, and a fresh epoch."""
        losses = torch.stack(self._losses).T.tolist()
        ratios, gradients = (self._by_trial(each) for each in (self._ratios, self._gradients))
        ends = norms(self._weights()).T.tolist() if self._blocks else [[]] * len(self._stack)
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
            for slot, every in enumerate(self.every)
        ]
        for kept in (self._losses, self._sampled, self._ratios, self._gradients):
            kept.clear()
        return found

    def keep(self, slots: Sequence[int]) -> None:
        """Only these trials go on; between two epochs."""
        self.every = [self.every[slot] for slot in slots]

    def join(self, every: Sequence[int]) -> None:
        """More trials; between two epochs, as the stack has them already."""
        self.every += every

    def _weights(self) -> list[Tensor]:
        return [self._stack.weights[name].detach() for name in self._blocks.values()]

    def _gradient(self, gradients: Blocks, layer: str) -> Tensor:
        name = self._blocks[layer]
        weight = self._stack.weights[name]
        return gradients.get(name, torch.full_like(weight[:, :1], torch.nan))

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


def norms(blocks: Iterable[Tensor]) -> Tensor:
    """Euclidean norms of each trial's part of blocks [K, ...]: [L, K], at least in float32."""
    found = []
    for block in blocks:
        exact = torch.promote_types(block.dtype, torch.float32)
        found.append(torch.linalg.vector_norm(block.flatten(1), dim=1, dtype=exact))
    return torch.stack(found)


def _finite(stack: Stack) -> Tensor:
    """Whether all numbers of a trial's model are finite, [K]."""
    weights = [t for name, t in _parameters(stack) if name.startswith("model.")]
    flags = [torch.isfinite(weight.detach()).flatten(1).all(dim=1) for weight in weights]
    return torch.stack(flags).all(dim=0)


def _parameters(stack: Stack) -> Iterable[tuple[str, Tensor]]:
    names = [name for name, _ in stack.trials[0].named_parameters()]
    return [(name, (stack.weights | stack.rest)[name]) for name in names]
