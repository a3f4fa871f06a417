"""What models are built from: activations, norms and initialisations that a recipe can name."""

from typing import Literal

from trainer.recipe.ingredient import Ingredient


class Activation(Ingredient):
    """The function between two layers."""


class Relu(Activation):
    """max(0, x) (Nair and Hinton 2010)."""

    name: Literal["relu"] = "relu"


class Tanh(Activation):
    """tanh x, between −1 and 1."""

    name: Literal["tanh"] = "tanh"


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ), between 0 and 1."""

    name: Literal["sigmoid"] = "sigmoid"


class Norm(Ingredient):
    """Normalises what a layer puts out, before its activation."""


class None_(Norm):  # noqa: N801  # PEP 8's name for a keyword
    """Nothing is normalised."""

    name: Literal["none"] = "none"


class Init(Ingredient):
    """How weights begin; biases begin at zero."""


class He(Init):
    """Normal with std gain/√fan_in (He et al. 2015, eq. 10)."""

    name: Literal["he"] = "he"


class Xavier(Init):
    """Uniform within ± gain·√(6/(fan_in + fan_out)) (Glorot and Bengio 2010, eq. 16)."""

    name: Literal["xavier"] = "xavier"


class Zeros(Init):
    """All zero: the units of a layer stay equal for ever."""

    name: Literal["zeros"] = "zeros"
