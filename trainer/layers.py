"""Activations and initialisations that models share."""

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


def initialise(layer: nn.Linear | nn.Conv2d, init: str, activation: str) -> None:
    """Set weights, and biases to zero.

    `he`: normal with std √(2/fan_in) (He et al. 2015, eq. 10). `xavier`: uniform with the gain of
    the activation that follows (Glorot and Bengio 2010, eq. 16); `activation` is `linear` for an
    output.
    """
    if init == "he":
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    elif init == "xavier":
        nn.init.xavier_uniform_(layer.weight, gain=nn.init.calculate_gain(activation))
    else:
        nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
