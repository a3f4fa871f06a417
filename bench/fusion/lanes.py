"""Warm processes that a rival trains in, each with the case's samples and its own threads."""

import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

import torch

from bench.fusion.cases import Case, Point
from bench.fusion.rivals import Rival

STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Trained:
    """Wall time of a round, and the best accuracy of each trial, in the order of the points."""

    seconds: float
    accuracies: list[float]


class Lanes:
    """`number` processes; `threads` None: as many as torch takes by itself.

    They train nothing before they are asked to, and wait without computing. `threads` says what
    they have.
    """

    def __init__(self, case: Case, folder: Path, number: int, threads: int | None) -> None:
        spawned = multiprocessing.get_context("spawn")  # a forked torch may wait for ever
        pairs = [spawned.Pipe() for _ in range(number)]
        self._pipes = [ours for ours, _ in pairs]
        self._processes = [
            spawned.Process(target=_serve, args=(theirs, case, folder, threads), daemon=True)
            for _, theirs in pairs
        ]
        for process in self._processes:
            process.start()
        for _, theirs in pairs:
            theirs.close()
        self.threads = {pipe.recv() for pipe in self._pipes}.pop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(STOP_SECONDS)
            process.kill()

    def __len__(self) -> int:
        return len(self._processes)

    def train(self, rival: Rival, points: Sequence[Point]) -> Trained:
        """Each process trains its share. Raises EOFError where one has died."""
        number = len(self)
        begun = time.perf_counter()
        for place, pipe in enumerate(self._pipes):
            pipe.send((rival, points[place::number]))
        shares: list[list[float]] = [pipe.recv() for pipe in self._pipes]
        seconds = time.perf_counter() - begun
        accuracies = [shares[place % number][place // number] for place in range(len(points))]
        return Trained(seconds, accuracies)

    def warm(self, rival: Rival, point: Point) -> None:
        """Trains a trial in each process, so that imports and compilation are over."""
        self.train(rival, [point] * len(self))


def _serve(pipe: Connection, case: Case, folder: Path, threads: int | None) -> None:
    if threads is not None:
        torch.set_num_threads(threads)
    samples = case.samples(folder)
    pipe.send(torch.get_num_threads())
    while True:
        try:
            rival, points = pipe.recv()
        except EOFError:
            return
        pipe.send(rival.train(case, samples, points))
