"""Large studies of lr, weight decay and dropout, with a known landscape."""

import numpy as np

from service.dashboard.figures.scene import Axis, Point, StudyScene

LR = Axis("optimizer.lr", 1e-4, 1.0, log=True)
WD = Axis("optimizer.weight_decay", 1e-6, 0.1, log=True)
DROPOUT = Axis("model.dropout", 0.0, 0.5, log=False)
TOO_HIGH = 0.3  # lr, from which on every trial diverges


def study(points: list[Point], *axes: Axis) -> StudyScene:
    return StudyScene("val_accuracy", True, axes or (LR, WD), tuple(points))


def trial(number: int, lr: float, wd: float = 1e-4, dropout: float = 0.2) -> Point:
    """The best lr is 0.04 and the best weight decay 1e-4; above 0.3 it diverges."""
    distance = 0.08 * np.log10(lr / 0.04) ** 2 + 0.02 * np.log10(wd / 1e-4) ** 2
    diverged = lr >= TOO_HIGH
    return Point(
        1000 + number,
        number,
        "infeasible" if diverged else "complete",
        {LR.path: lr, WD.path: wd, DROPOUT.path: dropout},
        None if diverged else float(0.97 - distance),
        epochs=10,
    )


def at_random(trials: int, seed: int = 0) -> list[Point]:
    draw = np.random.default_rng(seed)
    places = zip(
        10 ** draw.uniform(-4, 0, trials),
        10 ** draw.uniform(-6, -1, trials),
        draw.uniform(0, 0.5, trials),
        strict=True,
    )
    return [trial(i, float(lr), float(wd), float(d)) for i, (lr, wd, d) in enumerate(places)]


def grid(side: int) -> list[Point]:
    places = [
        (float(lr), float(wd))
        for lr in np.logspace(-4, 0, side)
        for wd in np.logspace(-6, -1, side)
    ]
    return [trial(i, lr, wd) for i, (lr, wd) in enumerate(places)]
