"""Sizes and counts of convolutional layers, as formulas.

n and m: length of an axis before and after · f: filter · s: stride · p: padding on each side ·
d: dilation. Dumoulin and Visin, *A guide to convolution arithmetic for deep learning* (2016).
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, prod


def spread(f: int, d: int) -> int:
    """Positions that a dilated filter spans: d(f − 1) + 1."""
    return d * (f - 1) + 1


def convolved(n: int, f: int, s: int = 1, p: int = 0) -> int:
    """⌊(n + 2p − f)/s⌋ + 1: an axis after a convolution or pooling."""
    return (n + 2 * p - f) // s + 1


def transposed(n: int, f: int, s: int = 1, p: int = 0) -> int:
    """(n − 1)s − 2p + f: an axis after a transposed convolution."""
    return (n - 1) * s - 2 * p + f


def parameters(f: tuple[int, ...], c: int, n: int) -> int:
    """(f·f·c + 1)·n: weights and biases of n filters over c channels."""
    return (prod(f) * c + 1) * n


def multiplications(f: tuple[int, ...], c: int, n: int, m: tuple[int, ...]) -> int:
    """f·f·c·m·m·n: of n filters over c channels (of their group), at each output position."""
    return prod(f) * c * prod(m) * n


@dataclass(frozen=True)
class Reach:
    """How one axis of a feature map sees the input: the layers (f, s, transposed?) on the way."""

    layers: tuple[tuple[int, int, bool], ...] = ()

    def convolved(self, f: int, s: int) -> "Reach":
        """Behind a convolution or pooling; f is a dilated filter's spread."""
        return Reach((*self.layers, (f, s, False)))

    def transposed(self, f: int, s: int) -> "Reach":
        """Behind a transposed convolution; repeating each place s times is f = s."""
        return Reach((*self.layers, (f, s, True)))

    def joined(self, other: "Reach") -> "Reach":
        """Of two branches that are added or put side by side: the one that sees more."""
        return max(self, other, key=lambda reach: (reach.size, reach.jump))

    @property
    def size(self) -> int:
        """Input positions that one value depends on: the local receptive field.

        From the output back to the input, w places depend on (w − 1)s + f before a convolution
        (Araujo, Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks*,
        Distill 2019, eq. 1), and on at most ⌈(w + f − 1)/s⌉ before a transposed one.
        """
        places = 1
        for f, s, up in reversed(self.layers):
            places = ceil(Fraction(places + f - 1, s)) if up else (places - 1) * s + f
        return places

    @property
    def jump(self) -> Fraction:
        """Input positions between the fields of two neighbours; a fraction where scaled up."""
        jump = Fraction(1)
        for _, s, up in self.layers:
            jump = jump / s if up else jump * s
        return jump
