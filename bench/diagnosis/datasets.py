"""The data sets of the case files, each from a fixed RandomState: they do not change with the seed.

Training and validation rows are split once, as in the replica that measured the cases.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.datasets import make_blobs, make_circles, make_classification
from torch import Tensor

from bench.diagnosis.grammar import GrammarError, Prepare
from diagnostics.parts import did_you_mean

Array = NDArray[Any]
Table = tuple[Array, Array]  # inputs [N, D], targets [N]
IRIS = (  # mean and standard deviation of each feature by species (Fisher 1936)
    ((5.006, 0.352), (3.428, 0.379), (1.462, 0.174), (0.246, 0.105)),
    ((5.936, 0.516), (2.770, 0.314), (4.260, 0.470), (1.326, 0.198)),
    ((6.588, 0.636), (2.974, 0.322), (5.552, 0.552), (2.026, 0.275)),
)
AS_MADE = Prepare()
IMBALANCED = (2, 3, 4, 6, 7, 9, 150, 146, 137, 149)  # rows of each digit


@dataclass(frozen=True)
class Rows:
    """Inputs [N, ...] and targets: class numbers, long [N, ...], or values, float [N, K]."""

    inputs: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Data:
    """`classes` None: the targets are values. `validation` None: there is none."""

    train: Rows
    validation: Rows | None
    classes: int | None


def load(name: str, prepare: Prepare = AS_MADE) -> Data:
    """A data set by its name, rescaled. Raises GrammarError where the name is unknown."""
    from bench.diagnosis.pictures import PICTURES

    made = {**SETS, **PICTURES}
    if name not in made:
        raise GrammarError(f"data {name!r} is unknown; {did_you_mean(name, made)}")
    data = made[name]()
    train = data.train
    if prepare.rows is not None:
        train = Rows(train.inputs[: prepare.rows], train.targets[: prepare.rows])
    validation = None if data.validation is None else _prepared(data.validation, prepare)
    return Data(_prepared(train, prepare), validation, data.classes)


def classes_of(inputs: Array, labels: Array, train: int, classes: int | None = None) -> Data:
    """Of class numbers; the first `train` rows train."""
    x = torch.from_numpy(np.ascontiguousarray(inputs)).float()
    y = torch.from_numpy(np.ascontiguousarray(labels)).long()
    return _split(Rows(x, y), train, classes or int(labels.max()) + 1)


def values_of(inputs: Array, values: Array, train: int | None = None) -> Data:
    """Of values; without `train` all rows train."""
    x = torch.from_numpy(np.ascontiguousarray(inputs)).float()
    y = torch.from_numpy(np.ascontiguousarray(values.reshape(len(inputs), -1))).float()
    return _split(Rows(x, y), len(inputs) if train is None else train, None)


def _split(rows: Rows, train: int, classes: int | None) -> Data:
    kept = Rows(rows.inputs[:train], rows.targets[:train])
    held = Rows(rows.inputs[train:], rows.targets[train:])
    return Data(kept, held if len(held) else None, classes)


def _prepared(rows: Rows, prepare: Prepare) -> Rows:
    inputs, targets = rows.inputs, rows.targets
    if inputs.is_floating_point():
        inputs = inputs * prepare.input_scale + prepare.input_shift
    if targets.is_floating_point():
        targets = targets * prepare.target_scale + prepare.target_shift
    return Rows(inputs, targets)


def _permuted(table: Table, seed: int = 0) -> Table:
    order = RandomState(seed).permutation(len(table[0]))
    return table[0][order], table[1][order]


def _scikit(make: Callable[..., Any], classes: int, **settings: Any) -> Data:
    inputs, labels, *_ = make(1000, **settings)
    return classes_of(inputs, labels, 700, classes)


def _digits(features: int, rows: int, train: int, scale: float = 1.0) -> Data:
    x, y = digits_table(features, rows)
    return classes_of(x * scale, y, train, 10)


def digits_table(features: int, rows: int) -> Table:
    """Prototypes of ten classes, dimmed and with noise on half of the pixels."""
    random = RandomState(0)
    prototypes = (random.rand(10, features) < 0.35) * random.uniform(0.5, 1, (10, features))
    y = random.randint(0, 10, rows)
    dimmed = prototypes[y] * random.uniform(0.6, 1, (rows, 1))
    noise = random.normal(0, 0.35, (rows, features)) * (random.rand(rows, features) < 0.5)
    return np.clip(dimmed + noise, 0, 1), y


def _imbalanced() -> Data:
    """The digits with most training rows of six classes left out; validation as it was."""
    x, y = digits_table(64, 2000)
    kept = [np.flatnonzero(y[:1500] == digit)[:most] for digit, most in enumerate(IMBALANCED)]
    rows = np.concatenate([np.sort(np.concatenate(kept)), np.arange(1500, 2000)])
    return classes_of(x[rows], y[rows], len(rows) - 500, 10)


def _iris(scaled: bool) -> Data:
    random = RandomState(0)
    kinds = np.array(IRIS)  # [species, feature, mean and deviation]
    x = np.concatenate([random.normal(kind[:, 0], kind[:, 1], (50, 4)) for kind in kinds])
    order = random.permutation(150)
    x, y = x[order], np.repeat(np.arange(3.0), 50)[order]
    if scaled:
        x = (x - x.mean(0)) / x.std(0)
    return classes_of(x, y, 75, 3)


def _constant() -> Data:
    x = np.concatenate([np.ones((300, 128)), np.zeros((300, 128))])
    return classes_of(*_permuted((x, x[:, 0].copy())), 500, 2)


def _classification(features: int, rows: int, train: int, seed: int, flipped: float = 0.0) -> Data:
    x, y = make_classification(
        rows, features, n_informative=2, n_redundant=2, flip_y=0.01, random_state=seed
    )
    random = RandomState(seed)
    wrong = random.rand(rows) < flipped
    return classes_of(x, np.where(wrong, 1 - y, y), train, 2)


def _quadratic() -> Data:
    x = np.arange(0, 5, 0.1)
    return values_of(x[:, None], 5 * x**2 + RandomState(7).normal(0, 1, len(x)) ** 3)


def _fourth_power() -> Data:
    x = np.arange(-100, 100, 0.5)
    return values_of(x[:, None], x**4)


def _sine() -> Data:
    x = np.sort(RandomState(0).uniform(-10, 10, 2000))
    return values_of(_unit(x)[:, None], _unit(np.sin(x)))


def _copied() -> Data:
    x = RandomState(0).uniform(-1, 1, (5000, 30))
    return values_of(x, x[:, 1])


def _linear() -> Data:
    x = RandomState(0).uniform(0, 1e4, (2000, 3))
    return values_of(x, 2 * x[:, 0] + x[:, 1] + 0.5 * x[:, 2] + 2.2)


def _slope() -> Data:
    x = RandomState(0).normal(0, 1, (90, 1))
    return values_of(x, 60 * x[:, 0])


def _five() -> Data:
    return values_of(RandomState(0).normal(0, 1, (5, 50)), np.array([-80.0, 120, 30, -10, -150]))


def _unrelated() -> Data:
    random = RandomState(0)
    x = random.randint(50, 2000, (50, 10)).astype(float)
    return values_of(x, random.randint(600, 4000, 50).astype(float))


def _tab(low: float | None, high: float = 1.0, scale: float = 1.0, uneven: bool = False) -> Data:
    """A stand-in for auto-mpg. `low` None: the target is not rescaled to [low, high]."""
    random = RandomState(0)
    x = random.normal(0, 1, (400, 9))
    y = 23 + 6 * x[:, 0] - 4 * x[:, 1] + 2 * x[:, 2] * x[:, 3] + 1.5 * random.normal(0, 1, 400)
    if low is not None:
        y = low + (high - low) * _unit(y)
    if uneven:
        x = x * np.logspace(0, 4, 9)
    return values_of(x, y * scale, 320)


def _unit(values: Array) -> Array:
    found: Array = (values - values.min()) / (values.max() - values.min())
    return found


def _xor(x: list[list[float]], y: list[float]) -> Data:
    return classes_of(np.array(x), np.array(y), len(x), 2)


SETS: dict[str, Callable[[], Data]] = {
    "blob": lambda: _scikit(make_blobs, 3, centers=3, cluster_std=2, random_state=2),
    "circle": lambda: _scikit(make_circles, 2, noise=0.1, random_state=1),
    "digits": lambda: _digits(64, 2000, 1500),
    "digits_x255": lambda: _digits(64, 2000, 1500, 255),
    "digits_div255": lambda: _digits(64, 2000, 1500, 1 / 255),
    "digits784": lambda: _digits(784, 3000, 2500),
    "digits_imb": _imbalanced,
    "iris": lambda: _iris(scaled=False),
    "iris_std": lambda: _iris(scaled=True),
    "const01": _constant,
    "clf10": lambda: _classification(10, 100, 90, 10),
    "clf22": lambda: _classification(22, 1000, 670, 22),
    "clf28": lambda: _classification(28, 800, 640, 28),
    "clf34": lambda: _classification(34, 1000, 800, 34),
    "clf40_noisy": lambda: _classification(40, 360, 60, 40, flipped=0.2),
    "xor6": lambda: _xor([[1, 1], [0, 0], [1, 0], [0, 1], [1, 1], [0, 0]], [0, 0, 1, 1, 0, 0]),
    "xor4": lambda: _xor([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]),
    "quad50": _quadratic,
    "pow4": _fourth_power,
    "half5": lambda: values_of(
        np.array([[0.5], [1], [0.4], [5], [25]]), np.array([0.25, 0.5, 0.2, 2.5, 12.5])
    ),
    "sin": _sine,
    "copy30": _copied,
    "lin1e4": _linear,
    "reg1": _slope,
    "five50": _five,
    "reg_noise": _unrelated,
    "tab": lambda: _tab(None),
    "tab01": lambda: _tab(0.0),
    "tab11": lambda: _tab(-1.0),
    "tab_raw": lambda: _tab(None),
    "tab_x10": lambda: _tab(None, scale=10.0),
    "tab7_12": lambda: _tab(7.0, 12.0),
    "tab01_badX": lambda: _tab(0.0, uneven=True),
}
