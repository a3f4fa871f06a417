"""A study as a journal that Optuna's tools open: its dashboard, its importances.

Nothing of ours reads it again. Optuna is imported on first use, inside the functions.
"""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from service.search.direction import Direction
from service.search.replay import internal
from trainer.recipe import Distribution, Space
from trainer.recipe.space import Int, Listed, LogInt, Range

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

STATES = {  # ours → Optuna's
    "waiting": "WAITING",
    "running": "RUNNING",
    "complete": "COMPLETE",
    "pruned": "PRUNED",
    "infeasible": "FAIL",
    "failed": "FAIL",
    "cancelled": "FAIL",
}


class Told(Protocol):
    """What is told of a trial."""

    @property
    def number(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def epochs_done(self) -> int: ...
    @property
    def params(self) -> dict[str, Any]: ...


class Kept:
    """What Optuna's journal storage writes, in memory: its own files wait for the disk each time.

    It has the methods of `optuna.storages.journal.BaseJournalBackend`, which is not imported here.
    """

    def __init__(self) -> None:
        self.logs: list[dict[str, Any]] = []

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Keep these behind the others."""
        self.logs.extend(logs)

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Those from this one on."""
        return iter(self.logs[log_number_from:])


def journal(name: str, space: Space, direction: Direction, trials: Iterable[Told]) -> bytes:
    """The file's content; `optuna.storages.JournalStorage(JournalFileBackend(path))` opens it."""
    import optuna
    from optuna.storages import JournalStorage

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    kept: Any = Kept()
    storage = JournalStorage(kept)
    study = optuna.create_study(study_name=name, direction=direction, storage=storage)
    study.add_trials(_frozen(space, trials))
    lines = (json.dumps(log, separators=(",", ":")) + "\n" for log in kept.logs)
    return "".join(lines).encode()


def _frozen(space: Space, trials: Iterable[Told]) -> "Iterator[FrozenTrial]":
    from optuna.trial import TrialState, create_trial

    distributions = {path: _distribution(space[path]) for path in space}
    for trial in trials:
        inside = {path: _param(space[path], trial.params.get(path)) for path in space}
        params = {path: value for path, value in inside.items() if value is not None}
        outside = {path: trial.params[path] for path in trial.params if path not in params}
        state = STATES[trial.state] if trial.value is not None else _valueless(trial.state)
        yield create_trial(
            state=TrialState[state],
            value=trial.value if state == "COMPLETE" else None,
            params=params,
            distributions={path: distributions[path] for path in params},
            intermediate_values=_reached(trial) if state != "COMPLETE" else {},
            user_attrs={"trial": trial.number, "state": trial.state, **outside},
        )


def _valueless(state: str) -> str:
    """A complete trial without a value has none that Optuna would take."""
    return "FAIL" if state == "complete" else STATES[state]


def _reached(trial: Told) -> dict[int, float]:
    return {} if trial.value is None else {trial.epochs_done: trial.value}


def _distribution(distribution: Distribution) -> "BaseDistribution":
    from optuna import distributions as optuna

    if isinstance(distribution, Listed):
        return optuna.CategoricalDistribution([_choice(value) for value in distribution.values])
    if isinstance(distribution, Int | LogInt):
        return optuna.IntDistribution(distribution.low, distribution.high, log=distribution.log)
    assert isinstance(distribution, Range)
    return optuna.FloatDistribution(distribution.low, distribution.high, log=distribution.log)


def _param(distribution: Distribution, value: Any) -> Any:
    """As Optuna writes it; None where it lies outside."""
    inside = None if value is None else internal(distribution, value)
    return _choice(value) if isinstance(distribution, Listed) and inside is not None else inside


def _choice(value: Any) -> Any:
    """Optuna takes no lists and no sections as choices: they are told as JSON."""
    return value if isinstance(value, str | int | float | bool) else json.dumps(value)
