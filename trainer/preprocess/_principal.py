"""Principal components: the axes along which a training set varies, and by how much."""

import torch
from torch import Tensor

from trainer.preprocess._moments import covariance_of, mean_of


def principal(rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean [D], axes [D, D] as columns and variances [D], largest first, of rows [N, D]; float64.

    The largest number of an axis is positive: an eigenvector's sign is the library's whim.
    """
    mean = mean_of(rows)
    variances, axes = torch.linalg.eigh(covariance_of(rows, mean))
    variances, axes = variances.flip(0).clamp(min=0.0), axes.flip(1)
    largest = axes.gather(0, axes.abs().argmax(dim=0, keepdim=True))
    return mean, axes * largest.sign(), variances
