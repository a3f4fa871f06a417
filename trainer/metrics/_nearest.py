"""Nearest neighbours among embeddings."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

MOST = 2**24  # similarities held at once: 64 MiB of float32


def hits(outputs: Tensor, targets: Tensor, k: int = 1) -> Tensor:
    """[N] bool: whether one of a sample's `k` nearest others is of its class.

    outputs [N, D], targets [N]. Near is by Euclidean distance of the embeddings scaled to length 1,
    as the losses compare them: ‖a − b‖² = 2 − 2 a·b. A sample that is alone has no neighbour.
    """
    units = F.normalize(outputs, dim=1)
    k = min(k, len(units) - 1)
    rows = torch.arange(len(units), device=units.device)
    pieces = torch.split(rows, max(1, MOST // len(units)))
    return torch.cat([_hits(units, targets, k, some) for some in pieces])


def _hits(units: Tensor, targets: Tensor, k: int, rows: Tensor) -> Tensor:
    similarity = units[rows] @ units.T
    similarity.scatter_(1, rows.unsqueeze(1), -math.inf)  # leave itself out
    nearest = similarity.topk(k, dim=1).indices
    return (targets[nearest] == targets[rows].unsqueeze(1)).any(dim=1)
