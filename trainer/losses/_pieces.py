"""Losses over pairs or triplets, with bounded memory."""

import torch
from torch import Tensor, nn

from trainer.losses._unit import unit

MOST = 128  # samples compared with each other: their triplets are at most 128³ / 4


class InPieces(nn.Module):
    """Mean of a loss over pieces of at most MOST samples, weighted by their sizes.

    Each takes every so-manieth sample, so that data sorted by class still has several in a piece.
    Of length 1 before the loss sees them.
    """

    def __init__(self, loss: nn.Module, miner: nn.Module | None = None) -> None:
        super().__init__()
        self.loss = loss
        self.miner = miner

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """outputs [N, D], targets [N] int64; 0 with a graph where no pair or triplet counts."""
        pieces = -(-len(outputs) // MOST)
        each = [self._piece(outputs[i::pieces], targets[i::pieces]) for i in range(pieces)]
        return torch.stack(each).sum() / len(outputs)

    def _piece(self, outputs: Tensor, targets: Tensor) -> Tensor:
        embeddings = unit(outputs)
        picked = None if self.miner is None else self.miner(embeddings, targets)
        loss: Tensor = self.loss(embeddings, targets, picked)
        # The library averages what is above zero, which nan is not.
        return loss * len(outputs) + 0.0 * embeddings.sum()
