"""Studies of known truth for the patterns: lr × weight decay, drawn like a random search's."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from diagnostics.across import Ran

LR, DECAY, ACTIVATION = "optimizer.lr", "optimizer.weight_decay", "model.activation"
METRIC = {"metric": "val_accuracy", "direction": "maximize"}


def drawn(number: int, seed: int = 0) -> list[dict[str, Any]]:
    """Points of a random search."""
    dice = random.Random(seed)
    return [
        {
            LR: 10 ** dice.uniform(-4, 0),
            DECAY: 10 ** dice.uniform(-6, -1),
            ACTIVATION: dice.choice(["relu", "tanh", "elu"]),
        }
        for _ in range(number)
    ]


def smooth(params: dict[str, Any]) -> float:
    """An accuracy that depends on lr a little, and has a little noise of its own."""
    return 0.9 + 0.02 * params[LR] + 1e-4 * random.Random(params[DECAY]).gauss(0, 1)


def study(
    points: Sequence[dict[str, Any]],
    *,
    dies: Callable[[dict[str, Any]], bool] = lambda _: False,
    causes: Callable[[dict[str, Any]], tuple[str, ...]] = lambda _: (),
) -> list[Ran]:
    """A trial for each point, infeasible where it `dies`."""
    return [
        Ran(i, "infeasible", p, causes=causes(p))
        if dies(p)
        else Ran(i, "complete", p, smooth(p), causes(p))
        for i, p in enumerate(points)
    ]
