"""Embeddings on the unit sphere, where the Euclidean distance is √(2 − 2 cos)."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

SHORTEST = 1e-6  # below it a vector has no direction worth learning from


def unit(embeddings: Tensor) -> Tensor:
    """Rows of [N, D] scaled to length 1.

    Shorter ones than SHORTEST become zero and get no gradient: it grows as 1 / length, and an all
    dark image is exactly zero behind biases that start there. Where the length is not finite all
    is nan: divided by an infinite one, a diverged model's would be zero and its loss finite.
    """
    lengths = embeddings.norm(dim=1, keepdim=True)
    known = torch.where(lengths.isfinite(), embeddings, math.nan)
    return F.normalize(torch.where(lengths <= SHORTEST, 0.0, known), dim=1)
