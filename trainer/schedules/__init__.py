"""Schedules, one per file: `at(t, total)` is the factor on lr at step t of `total`, from 0.

`at` knows nothing of a warm-up: `factor` adds it to any schedule. Most schedules follow from t
alone; one that watches the validation loss is `Watchful`, and its state belongs in a snapshot.
"""

from typing import Any, Protocol, TypeGuard

from trainer.errors import BadCheckpoint


class Watchful(Protocol):
    """A schedule that the course of the training decides."""

    def see(self, val_loss: float) -> None:
        """Once an epoch, after its evaluation."""

    def state(self) -> dict[str, float | None]:
        """What `restore` needs; all of it can be sent as JSON."""

    def restore(self, state: dict[str, float | None]) -> None:
        """Go on from there."""


def factor(part: Any, t: int, total: int) -> float:
    """The factor on lr at step t of `total`, warm-up included.

    In the first w = warmup · total steps it is (t + 1)/w of what the schedule begins with; the
    schedule then runs over the total − w that are left. At least one step is left to it.
    """
    steps = min(round(part.settings.warmup * total), total - 1)
    if t < steps:
        return float((t + 1) / steps * part.at(0, total - steps))
    return float(part.at(t - steps, total - steps))


def see(part: Any, val_loss: float) -> None:
    """Tell the schedule how the epoch ended, where it wants to know."""
    if watchful(part):
        part.see(val_loss)


def state(part: Any) -> dict[str, float | None]:
    """What `restore` needs; empty where the schedule follows from the step alone."""
    return part.state() if watchful(part) else {}


def restore(part: Any, found: dict[str, float | None]) -> None:
    """Let the schedule go on from a state. Raises BadCheckpoint where it is of another kind."""
    names = list(state(part))
    if found.keys() != set(names):
        message = f"schedule has {list(found)} and not {names}; take another snapshot"
        raise BadCheckpoint(message)
    if watchful(part):
        part.restore(found)


def watchful(part: Any) -> TypeGuard[Watchful]:
    """Whether a schedule is one that the course of the training decides."""
    return hasattr(part, "see")
