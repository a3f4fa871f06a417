"""Activations and initialisations that models share."""

from typing import Literal

from torch import nn

from trainer.recipe.models import Activation, Initialisation

ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


def initialise(
    layer: nn.Linear | nn.Conv2d, init: Initialisation, activation: Activation | Literal["linear"]
) -> None:
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
