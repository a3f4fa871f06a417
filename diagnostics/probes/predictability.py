"""Whether the inputs say anything about the targets, by predictors that cannot fail to train.

Ridge regression, on the inputs and on random features of them, and nearest neighbours, all
cross-validated over a sample. Sources: Hastie, Tibshirani & Friedman, "The Elements of Statistical
Learning" (2009), §3.4.1, §7.10 and §13.3; Rahimi & Recht 2008 (random features).
"""

import math

import torch
from torch import Tensor

from diagnostics.history import SignalValue, finite

FEWEST = 40  # rows; with fewer the answer is noise
MOST = 512  # rows
WIDEST = 256  # features; more are projected at random
PARTS = 4  # of the cross-validation
RIDGE = (1e-3, 0.1)  # × number of rows
NEIGHBOURS = 5
RANDOM = 256  # random features


@torch.no_grad()
def predictability(inputs: Tensor, targets: Tensor, classes: int | None) -> dict[str, SignalValue]:
    """`predictability` (0: chance, 1: perfect) and how many standard errors it is above chance.

    Accuracy above the largest class share for labels, explained variance for values.
    """
    rows = min(len(inputs), MOST)
    if rows < FEWEST or not inputs.is_floating_point():
        return {}
    x = _features(inputs[:rows])
    if x is None:
        return {}
    if classes is not None:
        if targets.ndim != 1:
            return {}
        return _of_labels(x, targets[:rows].clamp(0, classes - 1), classes)
    values = targets[:rows].double().reshape(rows, -1).cpu()
    return _of_values(x, values) if bool(values.isfinite().all()) else {}


def _features(inputs: Tensor) -> Tensor | None:
    x = inputs.double().flatten(1).cpu() if inputs.ndim > 1 else inputs.double().unsqueeze(1).cpu()
    if not bool(x.isfinite().all()):
        return None
    spread = x.std(0, correction=0)
    x = ((x - x.mean(0)) / spread.where(spread > 0, 1.0))[:, spread > 0]
    if x.shape[1] == 0:
        return None
    if x.shape[1] > WIDEST:
        generator = torch.Generator().manual_seed(0)
        x = x @ torch.randn(x.shape[1], WIDEST, generator=generator, dtype=x.dtype) / WIDEST**0.5
    return x


def _of_labels(x: Tensor, labels: Tensor, classes: int) -> dict[str, SignalValue]:
    labels = labels.cpu()
    y = torch.nn.functional.one_hot(labels, classes).double()
    chance = float(y.mean(0).max())
    if chance >= 1:
        return {}
    predicted = _predictions(x, y)
    right = max(float((p.argmax(1) == labels).double().mean()) for p in predicted)
    error = math.sqrt(chance * (1 - chance) / len(labels))
    sure = max((right - chance) / error, _explained(predicted, y) * math.sqrt(len(y) / 2))
    return {
        "predictability": finite((right - chance) / (1 - chance)),
        "predictability_z": finite(sure),  # rare classes are seen in the shares, not in the hits
    }


def _of_values(x: Tensor, y: Tensor) -> dict[str, SignalValue]:
    total = (y - y.mean(0)).square().sum()
    if float(total) <= 0:
        return {}
    explained = _explained(_predictions(x, y), y)
    return {
        "predictability": finite(explained),
        "predictability_z": finite(explained * math.sqrt(len(y) / 2)),
    }


def _explained(predicted: list[Tensor], y: Tensor) -> float:
    """Share of the variance of `y` `[N, C]` that the best of the predictions explains."""
    total = (y - y.mean(0)).square().sum()
    return 1 - min(float((p - y).square().sum() / total) for p in predicted)


def _predictions(x: Tensor, y: Tensor) -> list[Tensor]:
    """Of every row by predictors that have not seen it `[N, C]`, one for each predictor."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    ways = [(features, ridge) for features in (x, _random(x)) for ridge in RIDGE]
    found = [torch.zeros_like(y) for _ in range(len(ways) + 1)]
    for held in order.chunk(PARTS):
        kept = torch.ones(len(x), dtype=torch.bool)
        kept[held] = False
        a, b, rest = x[kept], y[kept], x[held]
        for number, (features, ridge) in enumerate(ways):
            found[number][held] = _ridge(features[kept], b, features[held], ridge * len(a))
        nearest = torch.cdist(rest, a).topk(min(NEIGHBOURS, len(a)), largest=False).indices
        found[-1][held] = b[nearest].mean(1)
    return found


def _random(x: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    drawn = torch.randn(x.shape[1], RANDOM, generator=generator, dtype=x.dtype)
    shift = torch.rand(RANDOM, generator=generator, dtype=x.dtype) * 2 * math.pi
    return torch.cos(x @ drawn / x.shape[1] ** 0.5 + shift)


def _ridge(a: Tensor, b: Tensor, rest: Tensor, ridge: float) -> Tensor:
    middle = b.mean(0)
    gram = a.T @ a + ridge * torch.eye(a.shape[1], dtype=a.dtype)
    found: Tensor = rest @ torch.linalg.solve(gram, a.T @ (b - middle)) + middle
    return found
