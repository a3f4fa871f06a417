"""Dense networks as case files name them: layers, activations, dropout, how weights begin."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from bench.diagnosis.grammar import GrammarError, Init, Layer


class Exp(nn.Module):
    """exp(x), which some of the published cases use as an activation."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape, kept."""
        return x.exp()


class Step(nn.Module):
    """1 where x > 0, 0 where x < 0: the gradient is 0."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape, kept."""
        return (x.sign() + 1) / 2  # torch gives the sign a gradient, which is 0


ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "exp": Exp,
    "step": Step,
}


def activation_of(name: str) -> list[nn.Module]:
    """The module in a list; none for `linear`. Softmax is over the features, axis 1."""
    if name == "linear":
        return []
    return [nn.Softmax(dim=1) if name == "softmax" else ACTIVATIONS[name]()]


def dense(
    features: int, layers: Sequence[Layer], inits: Sequence[Init], dropout: float = 0.0
) -> nn.Sequential:
    """From [N, features] to [N, units of the last layer]; dropout follows hidden activations."""
    modules: list[nn.Module] = []
    for number, (layer, init) in enumerate(zip(layers, inits, strict=True)):
        made = nn.Linear(features, layer.units)
        begin(made.weight, made.bias, init)
        modules += [made, *activation_of(layer.activation)]
        if dropout and number + 1 < len(layers):
            modules.append(nn.Dropout(dropout))
        features = layer.units
    return nn.Sequential(*modules)


def begin(weight: Tensor, bias: Tensor | None, init: Init) -> None:
    """Draws the weights [out, in, ...]; biases become 0. `torch` keeps torch's own draw."""
    if init.name == "torch":
        return
    fan_in = weight[0].numel()
    fan_out = weight.numel() // weight.shape[1]
    with torch.no_grad():
        match init.name:
            case "he_u":
                weight.uniform_(-math.sqrt(6 / fan_in), math.sqrt(6 / fan_in))
            case "he_n":
                weight.normal_(0, math.sqrt(2 / fan_in))
            case "glorot_u":
                bound = math.sqrt(6 / (fan_in + fan_out))
                weight.uniform_(-bound, bound)
            case "glorot_n":
                weight.normal_(0, math.sqrt(2 / (fan_in + fan_out)))
            case "normal":
                weight.normal_(0, init.number)
            case "uniform":
                weight.uniform_(-init.number, init.number)
            case "const":
                weight.fill_(init.number)
            case _:
                raise GrammarError(f"init {init.name!r} is unknown")
        if bias is not None:
            bias.zero_()


def freeze(model: nn.Module, numbers: Sequence[int]) -> None:
    """Of the layers with weights, in their order, those of these numbers no longer train."""
    layers = [module for module in model.modules() if hasattr(module, "weight")]
    for number in numbers:
        if number >= len(layers):
            raise GrammarError(f"freeze_layers has {number}; there are {len(layers)} layers")
        for parameter in layers[number].parameters():
            parameter.requires_grad_(False)
