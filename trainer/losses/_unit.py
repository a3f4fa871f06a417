"""Embeddings on the unit sphere, where the Euclidean distance is √(2 − 2 cos)."""

import torch
from torch import Tensor
from torch.nn import functional as F

SHORTEST = 1e-6  # below it a vector has no direction worth learning from


def unit(embeddings: Tensor) -> Tensor:
    """Rows of [N, D] scaled to length 1.

    Shorter ones than SHORTEST become zero and get no gradient: it grows as 1 / length, and an all
    dark image is exactly zero behind biases that start there.
    """
    known = embeddings.norm(dim=1, keepdim=True) > SHORTEST
    return F.normalize(torch.where(known, embeddings, 0.0), dim=1)
