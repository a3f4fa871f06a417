"""Data sets of our own cases: pictures, masks, words and small puzzles, all generated but one."""

from collections.abc import Callable

import numpy as np
from numpy.random import RandomState
from sklearn.datasets import load_digits

from bench.diagnosis.datasets import Array, Data, classes_of, digits_table, values_of

SIDE = 12  # pixels of a picture of `shapes`
PATTERNS = (  # 5 × 5
    "11111 10001 10001 10001 11111",  # a frame
    "00100 00100 11111 00100 00100",  # a cross
    "11111 00000 11111 00000 11111",  # bars
    "10001 01010 00100 01010 10001",  # a saltire
)
WORDS, LENGTH = 40, 12  # vocabulary and sentence of `phrases`; 0 is padding
TOKENS = 20  # vocabulary of `stream`
STRAY = 0.15  # of the tokens of `stream` that follow by chance


def _shapes() -> Data:
    random = RandomState(0)
    patterns = np.array([[list(map(int, row)) for row in p.split()] for p in PATTERNS])
    labels = random.randint(0, len(patterns), 900)
    x = np.clip(random.normal(0.1, 0.15, (900, 1, SIDE, SIDE)), 0, 1)
    for picture, label in zip(x, labels, strict=True):
        top, left = random.randint(0, SIDE - 5, 2)
        picture[0, top : top + 5, left : left + 5] += patterns[label] * random.uniform(0.5, 0.9)
    return classes_of(np.clip(x, 0, 1), labels, 600, len(patterns))


def _masks() -> Data:
    """A bright ellipse on an uneven ground; targets [N, 16, 16], 1 inside."""
    random = RandomState(0)
    rows, columns = np.mgrid[:16, :16]
    x, y = np.empty((300, 1, 16, 16)), np.empty((300, 16, 16))
    for number in range(300):
        centre, radii = random.uniform(4, 12, 2), random.uniform(2, 5, 2)
        distance = ((rows - centre[0]) / radii[0]) ** 2 + ((columns - centre[1]) / radii[1]) ** 2
        y[number] = distance < 1
        ground = 0.3 * rows / 16 + random.normal(0, 0.1, (16, 16))
        x[number, 0] = ground + 0.5 * y[number]
    return classes_of(x, y, 200, 2)


def _phrases() -> Data:
    """Three topics of five words each; a sentence has three of its topic and one of another."""
    random = RandomState(0)
    labels = random.randint(0, 3, 1200)
    x = random.randint(16, WORDS, (1200, LENGTH))
    for sentence, label in zip(x, labels, strict=True):
        places = random.choice(LENGTH, 4, replace=False)
        sentence[places[:3]] = 1 + 5 * label + random.randint(0, 5, 3)
        sentence[places[3]] = 1 + 5 * ((label + random.randint(1, 3)) % 3) + random.randint(0, 5)
    return _tokens(x, labels, 800, 3)


def _stream() -> Data:
    """The next token follows from the second of two, but for a share that is chance."""
    random = RandomState(0)
    x = random.randint(0, TOKENS, (2500, 2))
    follows = random.permutation(TOKENS)
    labels = np.where(random.rand(2500) < STRAY, random.randint(0, TOKENS, 2500), follows[x[:, 1]])
    return _tokens(x, labels, 2000, TOKENS)


def _tokens(x: Array, labels: Array, train: int, classes: int) -> Data:
    data = classes_of(x, labels, train, classes)
    rows = [data.train] if data.validation is None else [data.train, data.validation]
    whole = [type(each)(each.inputs.long(), each.targets) for each in rows]
    return Data(whole[0], whole[1] if len(whole) > 1 else None, data.classes)


def _written() -> Data:
    """scikit-learn's digits, 8 × 8 pixels in 0 … 1."""
    digits = load_digits()
    order = RandomState(0).permutation(len(digits.target))[:1400]
    pictures = digits.images[order, None] / 16
    return classes_of(pictures, digits.target[order], 900, 10)


def _spiral() -> Data:
    random = RandomState(0)
    labels = random.randint(0, 2, 900)
    turn = random.uniform(0.5, 3.5, 900)
    angle = turn * np.pi * 0.9 + np.pi * labels
    x = np.stack([turn * np.cos(angle), turn * np.sin(angle)], 1) / 2
    return classes_of(x + random.normal(0, 0.05, x.shape), labels, 600, 2)


def _parity() -> Data:
    """The parity of sixteen signs among twenty: there to be found, but not by descent."""
    random = RandomState(0)
    x = random.choice([-1.0, 1.0], (5000, 20))
    return classes_of(x, (x[:, :16].prod(1) > 0).astype(int), 4000, 2)


def _rare() -> Data:
    """One training row in fifty is positive; validation is balanced."""
    random = RandomState(0)
    labels = np.concatenate([random.permutation(np.arange(1500) < 30), np.arange(400) % 2])
    x = random.normal(0, 1, (1900, 8))
    x[:, 0] += 1.5 * labels
    x[:, 1] -= 1.0 * labels
    return classes_of(x, labels.astype(int), 1500, 2)


def _noisy_line() -> Data:
    """Two thirds of the variance are noise, which no model explains."""
    random = RandomState(0)
    x = random.normal(0, 1, (1200, 6))
    return values_of(x, x[:, 0] + random.normal(0, 1.4, 1200), 800)


def _noise(classes: int | None) -> Data:
    """Inputs that say nothing about their targets."""
    random = RandomState(0)
    x = random.normal(0, 1, (1500, 20))
    if classes is None:
        return values_of(x, random.normal(0, 1, 1500), 1000)
    return classes_of(x, random.randint(0, classes, 1500), 1000, classes)


def _restored() -> Data:
    """Digits that are to be given back."""
    x, _ = digits_table(64, 1500)
    return values_of(x, x, 1000)


def _repeated() -> Data:
    """Four rows again and again, whose labels contradict each other."""
    random = RandomState(0)
    rows = random.normal(0, 1, (4, 16))
    chosen = random.randint(0, 4, 900)
    return classes_of(rows[chosen], random.randint(0, 3, 900), 600, 3)


PICTURES: dict[str, Callable[[], Data]] = {
    "shapes": _shapes,
    "masks": _masks,
    "phrases": _phrases,
    "stream": _stream,
    "written": _written,
    "spiral": _spiral,
    "parity": _parity,
    "rare": _rare,
    "noisy_line": _noisy_line,
    "noise_classes": lambda: _noise(3),
    "noise_values": lambda: _noise(None),
    "restored": _restored,
    "repeated": _repeated,
}
