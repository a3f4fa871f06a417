"""Made-up trials, the same for both dashboards: lr × weight decay with a ridge, and divergence."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

RIDGE = -4.0  # log10 of the lr · weight decay that does best
BEST = 0.97
CHANCE = 0.1
DIVERGES = 0.6  # lr above which a trial does


@dataclass(frozen=True)
class Made:
    """A trial: its point and its curve, by epoch. One that diverges ends after its third epoch."""

    number: int
    lr: float
    weight_decay: float
    accuracy: tuple[float, ...]
    loss: tuple[float, ...]
    diverged: bool


def made(number_of: int, epochs: int, seed: int = 0) -> Iterator[Made]:
    """So many trials, always the same."""
    rng = random.Random(seed)
    for number in range(number_of):
        lr, decay = 10 ** rng.uniform(-4, 0), 10 ** rng.uniform(-6, -1)
        diverged = lr > DIVERGES
        length = min(3, epochs) if diverged else epochs
        off = abs(math.log10(lr * decay) - RIDGE) / 6 + abs(math.log10(lr) + 1.5) / 5
        final = max(CHANCE, BEST - off**1.5 + rng.gauss(0, 0.01))
        rate = 3 / max(1.0, -math.log10(lr) * epochs / 4)
        accuracy = tuple(
            min(1.0, CHANCE + (final - CHANCE) * (1 - math.exp(-rate * n)) + rng.gauss(0, 0.005))
            for n in range(1, length + 1)
        )
        loss = tuple(
            10.0**n if diverged else -math.log(max(a, 0.01)) for n, a in enumerate(accuracy)
        )
        yield Made(number, lr, decay, accuracy, loss, diverged)
