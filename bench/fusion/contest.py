"""Everybody who trains a case, warm and waiting for its turn."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.fusion import ours
from bench.fusion.cases import Case
from bench.fusion.compiled import Compiled
from bench.fusion.lanes import Lanes, Trained
from bench.fusion.rivals import UPDATES, Rival, Tuned, Written

TRIES = 3  # of each way to write B1


@dataclass(frozen=True)
class Entry:
    """A rival and the processes that it trains in."""

    rival: Rival
    lanes: Lanes


class Contest:
    """B0, B1, B2 and, where it can take part, the compiled one; then ours.

    B1 takes the fastest of all ways to update and of one thread or torch's own number of them, B2
    the fastest with one thread in each of its processes: `tuned` says which they are.
    """

    def __init__(self, case: Case, data: Path) -> None:
        self.case = case
        self.tuned: dict[str, Any] = {}
        self.data = data
        self._points = case.points(max(case.trials.values()))
        with ExitStack() as stack:
            self._entries = self._enter(stack)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def names(self) -> list[str]:
        """The rivals, in the order of their turns."""
        return list(self._entries)

    def rival(self, who: str) -> Trained:
        """A rival's turn."""
        entry = self._entries[who]
        return entry.lanes.train(entry.rival, self._points[: self.case.trials[who]])

    def ours(self) -> ours.Trained:
        """Our turn."""
        return ours.train(self.case, self.data)

    def _enter(self, stack: ExitStack) -> dict[str, Entry]:
        free, alone, many = (
            stack.enter_context(Lanes(self.case, self.data, number, threads))
            for number, threads in ((1, None), (1, 1), (os.cpu_count() or 1, 1))
        )
        single, anyhow = self._fastest(alone), self._fastest(free)
        entries = {
            "b0": Entry(Written(), free),
            "b1": min(single, anyhow, key=lambda found: found[1])[0],
            "b2": Entry(single[0].rival, many),
        }
        if self.case.compiles:
            entries["compiled"] = Entry(Compiled(), many)
        for entry in entries.values():
            entry.lanes.warm(entry.rival, self._points[0])
        for who, entry in entries.items():
            self.tuned[who] = {"processes": len(entry.lanes), "threads": entry.lanes.threads}
            if isinstance(entry.rival, Tuned):
                self.tuned[who]["update"] = entry.rival.update
        return entries

    def _fastest(self, lanes: Lanes) -> tuple[Entry, float]:
        """B1 as it is fastest in these processes, and its best time."""
        found = {}
        for update in UPDATES:
            lanes.warm(Tuned(update), self._points[0])
            turns = [lanes.train(Tuned(update), self._points[:1]) for _ in range(TRIES)]
            found[update] = min(turn.seconds for turn in turns)
        best = min(UPDATES, key=found.__getitem__)
        return Entry(Tuned(best), lanes), found[best]
