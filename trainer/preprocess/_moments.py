"""Means, variances and covariances of a training set, in double precision.

A few samples at a time: a copy of the whole set in float64 would be twice its size.
"""

import torch
from torch import Tensor

CHUNK = 1024  # samples; bounds memory


def mean_of(inputs: Tensor) -> Tensor:
    """Over the samples: [N, ...] → [...], float64."""
    return sum_of(inputs) / len(inputs)


def variance_of(inputs: Tensor, mean: Tensor) -> Tensor:
    """Of each feature, about `mean`, divided by N; shapes as `mean_of`."""
    total = torch.zeros_like(mean)
    for chunk in torch.split(inputs, CHUNK):
        total += (chunk.double() - mean).square().sum(dim=0)
    return total / len(inputs)


def covariance_of(rows: Tensor, mean: Tensor) -> Tensor:
    """XᵀX/N of the centred rows: [N, D] → [D, D], float64."""
    total = mean.new_zeros(len(mean), len(mean))
    for chunk in torch.split(rows, CHUNK):
        centred = chunk.double() - mean
        total.addmm_(centred.T, centred)
    return total / len(rows)


def sum_of(inputs: Tensor) -> Tensor:
    """Over the samples, float64."""
    total = inputs.new_zeros(inputs.shape[1:], dtype=torch.float64)
    for chunk in torch.split(inputs, CHUNK):
        total += chunk.sum(dim=0, dtype=torch.float64)
    return total


def spread(variance: Tensor, mean: Tensor, samples: int) -> Tensor:
    """Standard deviation to divide by: 1 where a feature is constant, as scikit-learn has it.

    Constant is what cannot be told from rounding in float64 (Chan, Golub and LeVeque 1983, as in
    sklearn.preprocessing), or is 0 in float32.
    """
    unit = torch.finfo(torch.float64).eps
    rounding = samples * unit * variance + (samples * mean * unit).square()
    std = variance.sqrt()
    smallest = torch.finfo(torch.float32).tiny
    return torch.where((variance <= rounding) | (std < smallest), 1.0, std)
