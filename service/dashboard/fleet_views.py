"""What the fleet's template sees."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Held:
    """A trial that a worker is training."""

    trial: int
    number: str


@dataclass(frozen=True)
class WorkerRow:
    """A worker; `more` counts the held trials that are not listed, `how` it trains them.

    `busy` of 100 is the share of its slots that train; `rate` is of trials that it ended in the
    last hour, `age` how long ago it was heard of.
    """

    name: str
    device: str
    version: str
    slots: str
    busy: float
    held: tuple[Held, ...]
    more: int
    how: str
    rate: str
    age: str
    seen: str


@dataclass(frozen=True)
class LostRow:
    """A worker that has not been heard of for too long."""

    name: str
    device: str
    version: str
    seen: str


@dataclass(frozen=True)
class FleetPage:
    """`/fleet`: the workers that are online, and those lost; `next` is where more of these are.

    `lost_words` says how many of them there are; `open` is whether they are shown at once.
    """

    workers: tuple[WorkerRow, ...]
    lost: tuple[LostRow, ...]
    lost_words: str
    open: bool
    answer: str
    next: str | None
    event: int
