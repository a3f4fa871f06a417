"""What is kept between requests, since it costs more to make than to be a little old."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Entry = TypeVar("Entry")
Value = TypeVar("Value")

QUICK = 0.05  # s; what takes no longer is made each time
SHARE = 20  # what took long is made again only after this many times as long


class Kept(Generic[Entry]):
    """An entry for each of the `most` keys asked for last, made when it is first asked for.

    Threads may share it. An entry guards itself, so that a slow one holds up no other.
    """

    def __init__(self, make: Callable[[], Entry], most: int) -> None:
        self._make = make
        self._most = most
        self._entries: OrderedDict[Hashable, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: Hashable) -> Entry:
        """The key's entry."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = self._make()
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
            return entry


@dataclass
class Seldom(Generic[Value]):
    """A value that is made no more often than it is worth: 0.4 s of work lasts for 8 s."""

    value: Value | None = None
    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, make: Callable[[], Value]) -> Value:
        """The value, made again where the last one is too old."""
        with self.lock:
            if self.value is not None and time.monotonic() < self.until:
                return self.value
            began = time.monotonic()
            self.value = make()
            took = time.monotonic() - began
            self.until = began + SHARE * took if took > QUICK else 0.0
            return self.value


@dataclass
class Grown(Generic[Value]):
    """A value made from a study's trials: made again once there are some percent more of them."""

    value: Value | None = None
    trials: int = -1
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, trials: int, make: Callable[[], Value]) -> Value:
        """The value for so many trials."""
        with self.lock:
            if self.value is None or self.trials != _coarse(trials):
                self.value, self.trials = make(), _coarse(trials)
            return self.value


def _coarse(number: int) -> int:
    """Rounded down to its first two digits: 58, 640, 9 900."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return number // unit * unit
