"""Snapshots: files from which a run goes on, whatever number of models it trains.

As checkpoints, they are safetensors with our JSON inside; nothing is unpickled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from diagnostics.history import Facts, History, SignalValue
from trainer.checkpoint import packed, unpacked
from trainer.errors import BadCheckpoint
from trainer.events import Outcome
from trainer.recipe import Recipe, Settings
from trainer.state import State

Number = dict[str, float | None]


class _OfState(Settings):
    """What stands in the header beside a state's tensors."""

    recipe: Recipe
    epoch: Annotated[int, Field(ge=1)]
    outcome: Outcome | None
    best_epoch: int | None
    best_metrics: Number
    progress: Number
    schedule: Number
    history: dict[str, Any]


class _OfHistory(Settings):
    facts: Facts
    rows: dict[int, dict[str, SignalValue]]


class _About(Settings):
    states: Annotated[list[_OfState], Field(min_length=1)]
    progress: Number | None
    over: bool


@dataclass(frozen=True)
class Snapshot:
    """`states` of each fold's model, mostly one; `progress` is that of their means.

    `over`: with this epoch early stopping ended the folds.
    """

    states: tuple[State, ...]
    progress: Number | None = None
    over: bool = False

    @property
    def epoch(self) -> int:
        """The last one that was trained."""
        return self.states[0].epoch

    def state(self, number: int, of: int) -> State:
        """One fold's. Raises BadCheckpoint where there are more or fewer of them."""
        if len(self.states) != of:
            message = f"this snapshot is of {len(self.states)} models, the run has {of}"
            raise BadCheckpoint(message)
        return self.states[number]

    def to_bytes(self) -> bytes:
        """The file's content."""
        states = [_about(state) for state in self.states]
        about = _About(states=states, progress=self.progress, over=self.over)
        tensors = {
            f"{number}.{name}": tensor
            for number, state in enumerate(self.states)
            for name, tensor in state.tensors.items()
        }
        return packed(tensors, about.model_dump_json())

    @classmethod
    def from_bytes(cls, content: bytes) -> "Snapshot":
        """Raises BadCheckpoint where this is no snapshot of ours."""
        tensors, about = unpacked(content, _About)
        try:
            states = [_state(each, number, tensors) for number, each in enumerate(about.states)]
        except ValueError as error:
            raise BadCheckpoint(f"this is no snapshot of ours: {error}") from error
        return cls(tuple(states), about.progress, about.over)


def _about(state: State) -> _OfState:
    return _OfState(
        recipe=state.recipe,
        epoch=state.epoch,
        outcome=state.outcome,
        best_epoch=state.best_epoch,
        best_metrics=state.best_metrics,
        progress=state.progress,
        schedule=state.schedule,
        history=state.history.to_dict(),
    )


def _state(about: _OfState, number: int, tensors: Mapping[str, Any]) -> State:
    own = f"{number}."
    history = _OfHistory.model_validate(about.history)
    return State(
        recipe=about.recipe,
        epoch=about.epoch,
        outcome=about.outcome,
        best_epoch=about.best_epoch,
        best_metrics=about.best_metrics,
        progress=about.progress,
        schedule=about.schedule,
        history=History(history.facts, history.rows),
        tensors={k.removeprefix(own): t for k, t in tensors.items() if k.startswith(own)},
    )
