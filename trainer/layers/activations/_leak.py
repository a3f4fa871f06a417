"""A line through zero with a kink: another slope below."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Leak(nn.Module):
    """x above zero, `slope`·x below.

    The slope is a buffer and not a number, so that each trial of a stack can have its own. It is
    a setting and no state: no checkpoint holds it.
    """

    slope: Tensor

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.register_buffer("slope", torch.tensor([slope]), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.prelu(x, self.slope)
