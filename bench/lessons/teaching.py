"""A lesson taught: trained with all its seeds, seen, and compared with what it expects."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch

from bench.lessons.course import runs_of
from bench.lessons.lesson import BRACED, Lesson
from bench.lessons.quantities import Unit, written


@dataclass(frozen=True)
class Taught:
    """`values` of each quantity by seed; `seconds` that one core computed."""

    lesson: Lesson
    values: dict[str, list[float]]
    seconds: float

    def failures(self) -> list[str]:
        """The expectations that do not hold, each with its numbers."""
        medians = {name: _median(values) for name, values in self.values.items()}
        return [
            f"{expected}: {', '.join(f'{name} = {self._seen(name)}' for name in expected.names())}"
            for expected in self.lesson.expect
            if not expected.holds(medians)
        ]

    def shown(self) -> str:
        """The lesson's sentence with the numbers that were seen: medians, and lowest to highest."""
        return BRACED.sub(lambda braced: self._seen(braced[1]), self.lesson.shows)

    def _seen(self, name: str) -> str:
        unit, values = self._units()[name], self.values[name]
        middle, *ends = (written(v, unit) for v in (_median(values), min(values), max(values)))
        return middle if ends[0] == ends[1] else f"{middle} ({ends[0]} to {ends[1]})"

    def _units(self) -> dict[str, Unit]:
        units: dict[str, Unit] = {}
        for name, quantity in self.lesson.sees.items():
            units[name] = quantity.unit(units)
        return units


def teach(lesson: Lesson) -> Taught:
    """On one core, so that the numbers do not depend on how many there are."""
    began = time.process_time()
    values: dict[str, list[float]] = {name: [] for name in lesson.sees}
    with _one_thread():
        for seed in lesson.seeds:
            for name, value in _values(lesson, seed).items():
                values[name].append(value)
    return Taught(lesson, values, time.process_time() - began)


def _values(lesson: Lesson, seed: int) -> dict[str, float]:
    found: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        runs = runs_of(lesson, seed, Path(folder))
        for name, quantity in lesson.sees.items():
            found[name] = quantity.value(runs, found)
    return found


def _median(values: list[float]) -> float:
    """nan where any of them is."""
    return math.nan if any(map(math.isnan, values)) else median(values)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
