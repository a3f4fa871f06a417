"""What several models are made of: a layer with its norm and activation, and a head.

Each is appended to a `Sequential` under a name that verdicts can use: `conv1`, `batch1`, `relu1`.
"""

from math import prod

from torch import nn

from trainer.layers import activation, dropout, initialise, norm
from trainer.recipe.models import Headed, Layered

POOLS: dict[str, type[nn.AvgPool2d] | type[nn.MaxPool2d]] = {
    "average": nn.AvgPool2d,
    "max": nn.MaxPool2d,
}


def append(model: nn.Sequential, name: str, layer: nn.Module) -> None:
    """Under a name that is new; `add_module` would replace a layer of that name in its place."""
    assert name not in dict(model.named_children()), f"two layers are called {name}"
    model.add_module(name, layer)


def convolution(
    inputs: int, filters: int, kernel: int | tuple[int, int], *, stride: int = 1, pad: bool = True
) -> nn.Conv2d:
    """From [N, inputs, H, W] to [N, filters, H', W'] with n' = ⌊(n + 2p − f)/s⌋ + 1.

    `pad`: p = ⌊f/2⌋ zeros on each side, so that an odd f keeps the size at stride 1; else none.
    """
    sides = (kernel, kernel) if isinstance(kernel, int) else kernel
    padding = (sides[0] // 2, sides[1] // 2) if pad else (0, 0)
    return nn.Conv2d(inputs, filters, sides, stride=stride, padding=padding)


def add_layer(
    model: nn.Sequential,
    number: int,
    layer: nn.Linear | nn.Conv2d,
    chosen: Layered,
    *,
    normed: bool = True,
    activated: bool = True,
) -> None:
    """Append layer → norm → activation; a norm with a shift of its own takes the layer's bias.

    Batch norm would subtract the bias again (Ioffe and Szegedy 2015, §3.2), and Adam, which divides
    gradients by their size, make whole steps of what rounding leaves of the bias's gradient.
    """
    initialise(layer, chosen.init, chosen.activation)
    dense = isinstance(layer, nn.Linear)
    append(model, f"{'fc' if dense else 'conv'}{number}", layer)
    if normed and add_norm(model, number, len(layer.weight), chosen, dims=1 if dense else 2):
        layer.register_parameter("bias", None)
    if activated:
        add_activation(model, number, chosen)


def add_norm(
    model: nn.Sequential, number: int, channels: int, chosen: Layered, dims: int = 2
) -> bool:
    """Append the norm of what has these channels, if any; whether it has a shift of its own."""
    if (scaled := norm(chosen.norm, channels, dims)) is None:
        return False
    append(model, f"{chosen.norm.name}{number}", scaled)
    return any(path.rpartition(".")[2] == "bias" for path, _ in scaled.named_parameters())


def add_activation(model: nn.Sequential, number: int, chosen: Layered) -> None:
    """Append a fresh activation."""
    append(model, f"{chosen.activation.name}{number}", activation(chosen.activation))


def add_features(model: nn.Sequential, chosen: Headed, shape: tuple[int, int, int]) -> int:
    """Append what makes rows [N, F] of maps [N, C, H, W] of this `shape`; returns F.

    Dropout of whole maps comes before, dropout of single numbers after (`add_dropout`).
    """
    if chosen.spatial_dropout and chosen.dropout:
        append(model, "dropout", _dropout(chosen, spatial=True))
    if chosen.head != "flatten":
        append(model, chosen.head, POOLS[chosen.head](shape[1:]))
    append(model, "flatten", nn.Flatten())
    return prod(shape) if chosen.head == "flatten" else shape[0]


def add_dropout(model: nn.Sequential, name: str, chosen: Layered) -> None:
    """Append dropout of single numbers, if there is any."""
    if chosen.dropout and not getattr(chosen, "spatial_dropout", False):
        append(model, name, _dropout(chosen, spatial=False))


def output_of(width: int, outputs: int, chosen: Layered) -> nn.Linear:
    """The last layer, linear: [N, width] → [N, outputs]."""
    output = nn.Linear(width, outputs)
    initialise(output, chosen.init, None)
    return output


def _dropout(chosen: Layered, *, spatial: bool) -> nn.Module:
    return dropout(chosen.dropout, spatial=spatial, activation=chosen.activation)
