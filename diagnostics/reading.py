"""What was found out about a history, so that it need not be read again after every epoch.

A run is judged after each of its epochs, and each judgement is about all of them. Here is kept
what the next one can go on from.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from diagnostics.history import Facts, History

T = TypeVar("T")


class Reader(ABC):
    """Sees the epochs of one history, each once, and keeps what is to be known of them so far.

    It is made by `History.reader`, and made anew where anything but a later epoch was recorded.
    """

    @abstractmethod
    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        """Epochs ascend; 0 is the model before its first update."""


class Notes:
    """What holds for these facts and for all epochs up to `last`.

    `now` falls with the next epoch, `start` with the next of the epochs 0 and 1; `readers` go on.
    """

    def __init__(self, facts: "Facts", last: int) -> None:
        self.facts = facts
        self.last = last
        self.readers: dict[Hashable, Any] = {}
        self.now: dict[Hashable, Any] = {}
        self.start: dict[Hashable, Any] = {}

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        """One more epoch, later than all others."""
        self.last = epoch
        self.now.clear()
        if epoch <= 1:
            self.start.clear()
        for reader in self.readers.values():
            reader.see(epoch, row)


def derived(compute: "Callable[[History], T]") -> "Callable[[History], T]":
    """Computed once for the history as it is now, however many checks ask."""

    @wraps(compute)
    def found(history: "History") -> T:
        now: dict[Hashable, Any] = history.notes.now
        if compute not in now:
            now[compute] = compute(history)
        value: T = now[compute]
        return value

    return found
