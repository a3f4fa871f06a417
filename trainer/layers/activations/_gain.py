"""The gain of an activation that has none of its own in the literature."""

import torch
from torch import nn

REACH = 12.0  # standard deviations; e⁻⁷² of the normal distribution lies beyond
POINTS = 24_001  # a step of 1e-3, with a point on zero, where elu has its kink


@torch.no_grad()
def unit_gain(activation: nn.Module) -> float:
    """1/√E[f(z)²], z ~ N(0, 1): f's outputs, scaled by it, have a second moment of 1.

    The condition of He et al. 2015 (§2.2, eq. 9) for any f; √2 for ReLU. With gelu and silu, which
    are flatter near zero, a deviation grows from layer to layer. The integral is the trapezoid
    rule's.
    """
    z = torch.linspace(-REACH, REACH, POINTS, dtype=torch.float64)
    density = torch.exp(-z.square() / 2)
    squares = activation.double()(z).square()
    return float((density.sum() / (squares * density).sum()).sqrt())
