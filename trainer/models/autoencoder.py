"""Gives its inputs back through a bottleneck."""

from itertools import pairwise
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.form import Form
from trainer.layers import activation, initialise
from trainer.models import needs_numbers
from trainer.recipe.autoencoder import Autoencoder as Settings


class Autoencoder:
    """flatten → noise → encoder → code → decoder → output; an activation after all but the last.

    Hinton and Salakhutdinov, *Reducing the Dimensionality of Data with Neural Networks*, Science
    313 (2006). Tied weights: Vincent et al., *Extracting and Composing Robust Features with
    Denoising Autoencoders*, ICML 2008, §2.2.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From inputs [N, *form.shape] to the same, flattened: [N, prod(form.shape)]."""
        needs_numbers(form, self.settings)
        chosen = self.settings
        model = nn.Sequential()
        model.add_module("flatten", nn.Flatten())
        if chosen.noise:
            model.add_module("noise", GaussianNoise(chosen.noise))
        encoder = self._encoder(prod(form.shape))
        layers = encoder + [
            self._decoded(layer, layer is encoder[0]) for layer in reversed(encoder)
        ]
        for number, (name, layer) in enumerate(zip(self._names(), layers, strict=True), start=1):
            model.add_module(name, layer)
            if name != "output":
                active = activation(chosen.activation)
                model.add_module(f"{chosen.activation.name}{number}", active)
        return model

    def _names(self) -> list[str]:
        numbers = range(1, len(self.settings.hidden) + 1)
        encoder, decoder = ([f"{side}{n}" for n in numbers] for side in ("encoder", "decoder"))
        return [*encoder, "code", *decoder, "output"]

    def _encoder(self, width: int) -> list[nn.Linear]:
        widths = [width, *self.settings.hidden, self.settings.code]
        layers = [nn.Linear(*pair) for pair in pairwise(widths)]
        for layer in layers:
            initialise(layer, self.settings.init, self.settings.activation)
        return layers

    def _decoded(self, layer: nn.Linear, last: bool) -> nn.Module:
        if self.settings.tied:
            return Mirror(layer)
        mirrored = nn.Linear(layer.out_features, layer.in_features)
        initialise(mirrored, self.settings.init, None if last else self.settings.activation)
        return mirrored


class Mirror(nn.Module):
    """x·W + b with the weight W [out, in] of another linear layer, and a bias [in] of its own."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self._mirrored = (layer,)  # in a tuple, so that its weight is registered once
        self.bias = nn.Parameter(torch.zeros(layer.in_features))

    def forward(self, inputs: Tensor) -> Tensor:
        return F.linear(inputs, self._mirrored[0].weight.t(), self.bias)


class GaussianNoise(nn.Module):
    """Adds normal noise of this std in training mode."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs + self.std * torch.randn_like(inputs) if self.training else inputs

    def extra_repr(self) -> str:
        return f"std={self.std}"
