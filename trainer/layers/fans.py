"""How many values a weight brings together, and how many it feeds."""

from math import prod
from typing import NamedTuple

from torch import Tensor, nn

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Fans(NamedTuple):
    """Of one unit: `inputs` that it sums (fan in), `outputs` that it is summed into (fan out)."""

    inputs: float
    outputs: float


def fans_of(layer: nn.Module) -> Fans:
    """Of a dense, convolutional, transposed convolutional or embedding layer.

    Of a word's one-hot vector one input is on, whatever the vocabulary. A transposed convolution
    has its weight as [in, out, k, k], and each side of the kernel reaches an output k/stride times
    on average: with a 2×2 kernel and stride 2 once.
    """
    weight = layer.weight
    assert isinstance(weight, Tensor)
    first, second, *kernel = weight.shape
    if isinstance(layer, nn.Embedding):
        return Fans(1, second)
    if isinstance(layer, TRANSPOSED):
        reach = [max(1.0, k / stride) for k, stride in zip(kernel, layer.stride, strict=True)]
        return Fans(first // layer.groups * prod(reach), second * prod(kernel))
    return Fans(second * prod(kernel), first * prod(kernel))
