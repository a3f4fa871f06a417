"""The networks of the cases as their users write them: without a menu, a name or a probe."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from bench.fusion.cases import Case, Samples

PLANES = (16, 32, 64)  # filters of the stages (He et al. 2016, §4.2)


@dataclass(frozen=True)
class Network:
    """Makes fresh networks, with their weights drawn. `widths` are those of an MLP."""

    kind: str
    widths: tuple[int, ...] = ()

    def __call__(self) -> nn.Module:
        if self.kind == "mlp":
            return mlp(self.widths)
        return {"lenet5": lenet5, "resnet20": resnet20}[self.kind]()


def network_of(case: Case, samples: Samples) -> Network:
    """The network of a case."""
    if case.network != "mlp":
        return Network(case.network)
    hidden, classes = case.recipe["model"]["hidden"], int(samples.labels.max()) + 1
    return Network("mlp", (samples.inputs[0].numel(), *hidden, classes))


def mlp(widths: Sequence[int]) -> nn.Module:
    """From [N, ...] of `widths[0]` numbers to logits [N, widths[-1]]."""
    layers: list[nn.Module] = [nn.Flatten()]
    *hidden, outputs = pairwise(widths)
    for before, after in hidden:
        layers += [_he(nn.Linear(before, after)), nn.ReLU()]
    return nn.Sequential(*layers, _he(nn.Linear(*outputs), gain=1.0))


def lenet5() -> nn.Module:
    """From [N, 1, 28, 28] to logits [N, 10]."""
    return nn.Sequential(
        _xavier(nn.Conv2d(1, 6, 5, padding=2)), nn.Tanh(), nn.AvgPool2d(2),
        _xavier(nn.Conv2d(6, 16, 5)), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        _xavier(nn.Linear(400, 120)), nn.Tanh(),
        _xavier(nn.Linear(120, 84)), nn.Tanh(),
        _xavier(nn.Linear(84, 10), gain=1.0),
    )  # fmt: skip


def resnet20() -> nn.Module:
    """From [N, 1, H, W] to logits [N, 10]."""
    layers: list[nn.Module] = [*_convolution(1, PLANES[0]), nn.ReLU()]
    before = PLANES[0]
    for filters in PLANES:
        for _ in range(3):
            layers.append(Residual(before, filters))
            before = filters
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), _he(nn.Linear(before, 10), gain=1.0)]
    return nn.Sequential(*layers, *head)


class Residual(nn.Module):
    """Two convolutions and a skip; where the filters double, the sides halve (option A)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.stride = after // before
        self.extra = after - before
        first = _convolution(before, after, self.stride)
        self.branch = nn.Sequential(*first, nn.ReLU(), *_convolution(after, after))

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] → [N, C', H', W']."""
        skip = x
        if self.extra:
            skip = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))
        return F.relu(self.branch(x) + skip)


def _convolution(before: int, after: int, stride: int = 1) -> list[nn.Module]:
    made = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
    return [_he(made), nn.BatchNorm2d(after)]


def _he(layer: nn.Linear | nn.Conv2d, gain: float = 2**0.5) -> nn.Module:
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=gain / fan_in**0.5)
    return _without_bias(layer)


def _xavier(layer: nn.Linear | nn.Conv2d, gain: float = 5 / 3) -> nn.Module:
    nn.init.xavier_uniform_(layer.weight, gain)
    return _without_bias(layer)


def _without_bias(layer: nn.Linear | nn.Conv2d) -> nn.Module:
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
