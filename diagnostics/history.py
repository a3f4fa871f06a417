"""All signals of one trial, by epoch, and the facts about its recipe that checks reason with."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar, TypeVarTuple

from diagnostics.reading import Notes, Reader

# A scalar, a value per layer, or a list by step; None where it was not finite.
SignalValue = float | None | dict[str, float | None] | list[float | None]

R = TypeVar("R", bound=Reader)
T = TypeVar("T")
More = TypeVarTuple("More")


@dataclass(frozen=True)
class Facts:
    """What is known of the run beside its signals; None where nobody said.

    Filled from a recipe by the trainer, from the optimizer object by `Monitor`, from the model and
    the loss themselves by `preflight`. `task` is classes, binary, multilabel or regression.
    `loss_on` is what the loss expects: logits, probabilities, log_probabilities or values.
    `loss_scale` is the loss as a multiple of the mean over the samples of the form `loss`: the
    number of samples for a sum, -1 for a flipped sign. `outputs` counts the numbers that the model
    gives for a sample, `samples` the rows of the sample that was measured. `broadcast`: outputs
    and targets have shapes that the loss stretches against each other. `output_activation` is the
    function that makes the model's outputs, None for a layer. `kinds` are the model's
    innermost modules in the order they ran, by class name in lower case. `clip_norm` is the norm
    to which gradients are clipped. `dropout` is the largest
    probability of any dropout, `parameters` the number of trainable
    ones, `narrowest` the units of the narrowest layer before the last.
    """

    classes: int | None = None
    loss: str | None = None
    label_smoothing: float = 0.0
    optimizer: str | None = None
    lr: float | None = None
    weight_decay: float | None = None
    momentum: float | None = None
    clip_norm: float | None = None
    schedule: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    subset_optimizer: str | None = None
    subset_lr: float | None = None
    trained_before: bool = False
    task: str | None = None
    loss_on: str | None = None
    loss_scale: float | None = None
    outputs: int | None = None
    samples: int | None = None
    total_steps: int | None = None
    broadcast: bool = False
    output_activation: str | None = None
    kinds: dict[str, str] | None = None
    dropout: float | None = None
    parameters: int | None = None
    narrowest: int | None = None


@dataclass(frozen=True)
class Series:
    """One number over epochs; `values[i]` belongs to `epochs[i]`, nan where it was not finite."""

    epochs: tuple[int, ...]
    values: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.epochs)

    def since(self, epoch: int) -> "Series":
        """The part from `epoch` on."""
        pairs = [(e, v) for e, v in zip(self.epochs, self.values, strict=True) if e >= epoch]
        return Series(tuple(e for e, _ in pairs), tuple(v for _, v in pairs))


@dataclass
class History:
    """Signals by epoch. `rows[epoch][signal]` is as recorded; the readers below give series.

    Once it was read, rows change by `record` alone.
    """

    facts: Facts = field(default_factory=Facts)
    rows: dict[int, dict[str, SignalValue]] = field(default_factory=dict)
    _notes: Notes | None = field(default=None, init=False, repr=False, compare=False)

    def record(self, epoch: int, signals: Mapping[str, SignalValue]) -> None:
        """Add signals of an epoch (0: before training); a later value replaces an earlier one."""
        notes = self._notes
        if notes is None or epoch <= notes.last:
            self._notes = None
            self.rows.setdefault(epoch, {}).update(signals)
        else:
            row = self.rows[epoch] = dict(signals)
            notes.see(epoch, row)

    def __getstate__(self) -> dict[str, Any]:
        """A copy, and what is sent to another process, reads for itself."""
        return {"facts": self.facts, "rows": self.rows, "_notes": None}

    @property
    def notes(self) -> Notes:
        """What was found out about these facts and rows."""
        notes = self._notes
        if notes is None or notes.facts is not self.facts:
            notes = self._notes = Notes(self.facts, max(self.rows, default=0))
        return notes

    def reader(self, kind: Callable[[*More], R], *settings: *More) -> R:
        """The one of that kind and settings, which has seen every epoch."""
        readers = self.notes.readers
        found: R | None = readers.get((kind, settings))
        if found is None:
            found = readers[kind, settings] = kind(*settings)
            for epoch in sorted(self.rows):
                found.see(epoch, self.rows[epoch])
        return found

    def once(self, compute: "Callable[[History, *More], T]", *more: *More) -> T:
        """`compute(history, *more)`, which reads facts and epochs 0 and 1, and nothing later."""
        start, key = self.notes.start, (compute, more)
        if key not in start:
            start[key] = compute(self, *more)
        found: T = start[key]
        return found

    @property
    def epochs(self) -> int:
        """Number of the last epoch that was trained; 0 before the first has ended."""
        return max(self.rows, default=0)

    def series(self, name: str) -> Series:
        """A scalar signal over the epochs that have it; None becomes nan."""
        found = [(e, self.rows[e][name]) for e in sorted(self.rows) if name in self.rows[e]]
        return Series(tuple(e for e, _ in found), tuple(_number(v) for _, v in found))

    def layers(self, name: str) -> dict[str, Series]:
        """A per-layer signal: layer → series, layers in the order of the model."""
        columns: dict[str, list[tuple[int, float]]] = {}
        for epoch in sorted(self.rows):
            value = self.rows[epoch].get(name)
            if isinstance(value, dict):
                for layer, number in value.items():
                    columns.setdefault(layer, []).append((epoch, _number(number)))
        return {
            layer: Series(tuple(e for e, _ in pairs), tuple(v for _, v in pairs))
            for layer, pairs in columns.items()
        }

    def steps(self, name: str, epoch: int = 0) -> tuple[float, ...]:
        """A by-step signal recorded at `epoch`; empty where it was not measured."""
        value = self.rows.get(epoch, {}).get(name)
        return tuple(_number(v) for v in value) if isinstance(value, list) else ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form: facts and rows."""
        return {"facts": asdict(self.facts), "rows": {str(e): r for e, r in self.rows.items()}}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "History":
        """The inverse of `to_dict`."""
        return cls(Facts(**raw["facts"]), {int(e): dict(r) for e, r in raw["rows"].items()})


def finite(value: float | None) -> float | None:
    """The number, or None where it is not finite: how a signal is stored."""
    return value if value is not None and math.isfinite(value) else None


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
