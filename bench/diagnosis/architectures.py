"""Networks of our own cases, by name and options, as their users write them.

All take `head` (an activation after the last layer) and what may be wrong with their weights:
`weight_scale` and `hidden_bias` for all layers but the last, `output_scale` and `output_bias` for
the last.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.diagnosis.grammar import GrammarError, Init, Model
from bench.diagnosis.networks import activation_of, begin
from bench.diagnosis.pictures import TOKENS, WORDS
from diagnostics.parts import did_you_mean

FLAWS = ("head", "weight_scale", "hidden_bias", "output_scale", "output_bias")


def build(model: Model, init: Init, shape: Sequence[int], outputs: int) -> nn.Module:
    """For inputs of `shape` without the batch. Raises GrammarError for a name or an option."""
    if model.name not in BUILDERS:
        raise GrammarError(f"model {model.name!r} is unknown; {did_you_mean(model.name, BUILDERS)}")
    options = {key: value for key, value in model.options.items() if key not in (*FLAWS, "outputs")}
    try:
        made = BUILDERS[model.name](shape, outputs, **options)
    except TypeError as error:
        raise GrammarError(f"model {model.name!r}: {error}") from error
    for layer in weighted(made):
        begin(layer.weight, layer.bias, init)
    _flaw(made, model.options)
    head = activation_of(str(model.options.get("head", "linear")))
    return nn.Sequential(made, *head) if head else made


def weighted(model: nn.Module) -> list[nn.Linear | nn.Conv2d]:
    """The layers that multiply, in their order; the last gives the outputs."""
    return [m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d)]


def before_last(model: nn.Module, module: nn.Module) -> None:
    """Puts a module in front of the last layer."""
    last = weighted(model)[-1]
    for parent in model.modules():
        for name, child in parent.named_children():
            if child is last:
                setattr(parent, name, nn.Sequential(module, last))
                return


def _flaw(model: nn.Module, options: Any) -> None:
    *hidden, last = weighted(model)
    with torch.no_grad():
        for layer in hidden:
            layer.weight.mul_(options.get("weight_scale", 1.0))
            if layer.bias is not None and "hidden_bias" in options:
                layer.bias.fill_(options["hidden_bias"])
        last.weight.mul_(options.get("output_scale", 1.0))
        if last.bias is not None and "output_bias" in options:
            last.bias[0] = options["output_bias"]


def _norm(name: str, channels: int, flat: bool = False, momentum: float = 0.1) -> list[nn.Module]:
    if name == "batch":
        kind = nn.BatchNorm1d if flat else nn.BatchNorm2d
        return [kind(channels, momentum=momentum)]
    if name == "layer":
        return [nn.LayerNorm(channels) if flat else nn.GroupNorm(1, channels)]
    if name == "group":
        return [nn.GroupNorm(4, channels)]
    if name == "none":
        return []
    raise GrammarError(f"norm {name!r} is unknown; {did_you_mean(name, ('batch', 'layer'))}")


def mlp(
    shape: Sequence[int],
    outputs: int,
    hidden: Sequence[int] = (64, 64),
    norm: str = "none",
    activation: str = "relu",
    dropout: float = 0.0,
) -> nn.Module:
    """From [N, ...] to [N, outputs]."""
    features = int(torch.Size(shape).numel())
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise([features, *hidden]):
        layers += [nn.Linear(before, after), *_norm(norm, after, flat=True)]
        layers += activation_of(activation)
        layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear([features, *hidden][-1], outputs))


def conv(
    shape: Sequence[int],
    outputs: int,
    width: int = 8,
    depth: int = 2,
    norm: str = "none",
    activation: str = "relu",
    hidden: int = 32,
    hidden_activation: str | None = None,
    dropout: float = 0.0,
    momentum: float = 0.1,
) -> nn.Module:
    """Convolutions, the first two of which halve the sides; then one hidden layer."""
    layers: list[nn.Module] = []
    channels, height, breadth = shape
    for number in range(depth):
        layers += [nn.Conv2d(channels, width, 3, padding=1)]
        layers += [*_norm(norm, width, momentum=momentum), *activation_of(activation)]
        if number < 2:
            layers.append(nn.MaxPool2d(2))
            height, breadth = height // 2, breadth // 2
        channels = width
    layers += [nn.Flatten(), nn.Linear(channels * height * breadth, hidden)]
    layers += activation_of(hidden_activation or activation)
    layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(hidden, outputs))


class Residual(nn.Module):
    """Two convolutions beside a skip."""

    def __init__(self, width: int, norm: str) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), *_norm(norm, width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), *_norm(norm, width),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W], kept."""
        return F.relu(x + self.branch(x))


def resnet(
    shape: Sequence[int], outputs: int, width: int = 8, blocks: int = 2, norm: str = "batch"
) -> nn.Module:
    """A stem, a pooling, residual blocks, the mean over the picture, one layer."""
    stem = [nn.Conv2d(shape[0], width, 3, padding=1), *_norm(norm, width), nn.ReLU()]
    body = [Residual(width, norm) for _ in range(blocks)]
    head = [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * width, outputs)]
    return nn.Sequential(*stem, nn.MaxPool2d(2), *body, *head)


class UNet(nn.Module):
    """Two levels down and up, with skips; [N, C, H, W] → [N, outputs, H, W]."""

    def __init__(self, channels: int, outputs: int, width: int, norm: str) -> None:
        super().__init__()
        self.first = _twice(channels, width, norm)
        self.second = _twice(width, 2 * width, norm)
        self.bottom = _twice(2 * width, 2 * width, norm)
        self.back = _twice(4 * width, width, norm)
        self.top = _twice(2 * width, width, norm)
        self.head = nn.Conv2d(width, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The sides are to be divisible by 4."""
        first = self.first(x)
        second = self.second(F.max_pool2d(first, 2))
        up = F.interpolate(self.bottom(F.max_pool2d(second, 2)), scale_factor=2.0)
        up = F.interpolate(self.back(torch.cat([up, second], 1)), scale_factor=2.0)
        found: Tensor = self.head(self.top(torch.cat([up, first], 1)))
        return found


def _twice(before: int, after: int, norm: str) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1), *_norm(norm, after), nn.ReLU(),
        nn.Conv2d(after, after, 3, padding=1), *_norm(norm, after), nn.ReLU(),
    )  # fmt: skip


def unet(shape: Sequence[int], outputs: int, width: int = 4, norm: str = "batch") -> nn.Module:
    """A small U-Net."""
    return UNet(shape[0], outputs, width, norm)


class Text(nn.Module):
    """Embeddings [N, T, D], their mean, a hidden layer; token 0 is padding and counts as none."""

    def __init__(self, words: int, outputs: int, width: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.hidden = nn.Linear(width, 2 * width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        """[N, T] → [N, outputs]."""
        words = (tokens > 0).sum(dim=1, keepdim=True).clamp(min=1)
        pooled = self.embedding(tokens).sum(dim=1) / words
        found: Tensor = self.head(self.dropout(F.relu(self.hidden(pooled))))
        return found


def text(shape: Sequence[int], outputs: int, width: int = 16, dropout: float = 0.0) -> nn.Module:
    """Embedding and pooling."""
    return Text(WORDS, outputs, width, dropout)


class Language(nn.Module):
    """The next token from two; the output layer's weight is that of the embedding."""

    def __init__(self, tokens: int, width: int, tied: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        nn.init.normal_(self.embedding.weight, std=0.5)
        self.hidden = nn.Linear(2 * width, width)
        self.head = nn.Linear(width, tokens)
        if tied:
            self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        """[N, 2] → [N, tokens]."""
        found: Tensor = self.head(torch.tanh(self.hidden(self.embedding(tokens).flatten(1))))
        return found


def language(shape: Sequence[int], outputs: int, width: int = 16, tied: bool = True) -> nn.Module:
    """A language model of two tokens."""
    return Language(TOKENS, width, tied)


BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "mlp": mlp,
    "conv": conv,
    "resnet": resnet,
    "unet": unet,
    "text": text,
    "language": language,
}
