"""What can be seen of a lesson's runs. A quantity is told by the first word of its own:

    {run: a, signal: val_accuracy, at: last}            of an epoch: 1, 2, …, last, lowest, highest
    {run: a, signal: gradient_norm, layer: fc1, at: 1}  a signal that has a value for each layer
    {run: a, epochs_until: val_accuracy, above: 0.9}    or `below`; "never" where it is not reached
    {run: a, activation_std: tanh3}                     of a module's outputs, before the first step
    {run: a, best: accuracy, samples: validation}       of the best epoch's weights, see Best
    {run: a, distinct_units: fc1}                       of the best epoch's weights
    {ratio: [left, right]}, {difference: [left, right]} of two quantities above it

Signals are those of diagnostics/signals.py and of a recipe's metrics.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import torch
import torch.nn.functional as F
from pydantic import Discriminator, Field, Tag, model_validator
from torch import Tensor

from diagnostics.parts import did_you_mean
from diagnostics.probes.modes import regularisation_off
from diagnostics.words import loss, number, percent
from trainer.mc_dropout import predict
from trainer.recipe import Settings
from trainer.setup import make

if TYPE_CHECKING:
    from bench.lessons.course import Trained

SHARES = ("accuracy", "confidence", "calibration_error")  # written in percent
PASSES = 100  # of MC dropout (Gal and Ghahramani 2016, §5.2)
ALIKE = 1e-3  # two units whose weights differ by less than this share of their norm are the same
Unit = Literal["share", "nat", "count", "pure"]
Values = Mapping[str, float]


class Seen(Settings):
    """A number, nan where the run diverged."""

    def of_runs(self) -> list[str]:
        """Names of the runs it looks at."""
        return [run] if isinstance(run := getattr(self, "run", None), str) else []

    def of_quantities(self) -> list[str]:
        """Names of the quantities that it is made of."""
        return []


class Signal(Seen):
    """A signal at an epoch, from 1, or its `last`, `lowest` or `highest`.

    `diverged` is what counts where that is not finite, such as the accuracy of guessing.
    """

    run: str
    signal: str
    layer: str | None = None
    at: Literal["last", "lowest", "highest"] | Annotated[int, Field(ge=1)] = "last"
    diverged: float | None = None

    def value(self, runs: Mapping[str, "Trained"], others: Values) -> float:
        found = self._at(_course(runs[self.run], self.signal, self.layer))
        return found if self.diverged is None or math.isfinite(found) else self.diverged

    def _at(self, course: list[float]) -> float:
        if isinstance(self.at, int):
            return course[self.at - 1]
        if self.at == "last":
            return course[-1]
        found = [value for value in course if math.isfinite(value)] or [math.nan]
        return min(found) if self.at == "lowest" else max(found)

    def unit(self, others: Mapping[str, Unit]) -> Unit:
        return _unit(self.signal)


class EpochsUntil(Seen):
    """The first epoch whose signal is above or below a number; infinity where none is."""

    run: str
    epochs_until: str
    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("give one of `above` and `below`")
        return self

    def value(self, runs: Mapping[str, "Trained"], others: Values) -> float:
        course = _course(runs[self.run], self.epochs_until, None)
        return next((float(e) for e, v in enumerate(course, start=1) if self._there(v)), math.inf)

    def _there(self, value: float) -> bool:
        above = self.above is not None and value > self.above
        return above or (self.below is not None and value < self.below)

    def unit(self, others: Mapping[str, Unit]) -> Unit:
        return "count"


class ActivationStd(Seen):
    """Of all numbers that a module puts out for the training samples, before the first step."""

    run: str
    activation_std: str

    def value(self, runs: Mapping[str, "Trained"], others: Values) -> float:
        cooked = make(runs[self.run].recipe, runs[self.run].fold, "cpu")
        found: list[Tensor] = []
        layer = _named(dict(cooked.model.named_modules()), self.activation_std)
        layer.register_forward_hook(lambda module, inputs, outputs: found.append(outputs))
        with torch.no_grad(), regularisation_off(cooked.model):
            cooked.model(cooked.train.inputs)
        return float(found[0].std())

    def unit(self, others: Mapping[str, Unit]) -> Unit:
        return "pure"


class Best(Seen):
    """Of the weights of the best epoch by the lesson's objective, dropout off.

    `entropy` and `mutual_information` are those of MC dropout, means over the samples. `train` are
    the training samples without augmentation; `noise` is normal, each number of its own, with mean
    and std of the validation inputs, and as many samples.
    """

    run: str
    best: Literal["accuracy", "loss", "entropy", "mutual_information"]
    samples: Literal["train", "validation", "noise"] = "validation"

    @model_validator(mode="after")
    def _has_targets(self) -> Self:
        if self.samples == "noise" and self.best in ("accuracy", "loss"):
            raise ValueError(f"noise has no classes, and so no {self.best}")
        return self

    def value(self, runs: Mapping[str, "Trained"], others: Values) -> float:
        run = runs[self.run]
        model = run.best().model().requires_grad_(False)
        data = run.fold.train if self.samples == "train" else run.fold.validation
        inputs = data.inputs
        if self.samples == "noise":
            inputs = _noise_like(inputs, run.recipe.seed)
        if self.best == "accuracy":
            return float((model(inputs).argmax(dim=1) == data.targets).double().mean())
        if self.best == "loss":
            return float(F.cross_entropy(model(inputs), data.targets))
        found: Tensor = getattr(predict(model, inputs, PASSES, run.recipe.seed), self.best)
        return float(found.mean())

    def unit(self, others: Mapping[str, Unit]) -> Unit:
        return "share" if self.best == "accuracy" else "nat"


class DistinctUnits(Seen):
    """How many units of a layer have weights that no unit before them has, in the best epoch."""

    run: str
    distinct_units: str

    def value(self, runs: Mapping[str, "Trained"], others: Values) -> float:
        weight = _named(runs[self.run].best().state, f"{self.distinct_units}.weight")
        kept: list[Tensor] = []
        for unit in weight.flatten(1):
            if all((unit - other).norm() > ALIKE * unit.norm() for other in kept):
                kept.append(unit)
        return float(len(kept))

    def unit(self, others: Mapping[str, Unit]) -> Unit:
        return "count"


class Ratio(Seen):
    """left / right; infinity where right is 0."""

    ratio: tuple[str, str]

    def of_quantities(self) -> list[str]:
        return list(self.ratio)

    def value(self, runs: Mapping[str, "Trained"], others: Values) -> float:
        left, right = (others[name] for name in self.ratio)
        return left / right if right else math.inf

    def unit(self, others: Mapping[str, Unit]) -> Unit:
        return "pure"


class Difference(Seen):
    """left − right."""

    difference: tuple[str, str]

    def of_quantities(self) -> list[str]:
        return list(self.difference)

    def value(self, runs: Mapping[str, "Trained"], others: Values) -> float:
        left, right = (others[name] for name in self.difference)
        return left - right

    def unit(self, others: Mapping[str, Unit]) -> Unit:
        return others[self.difference[0]]


KINDS = {
    "signal": Signal,
    "epochs_until": EpochsUntil,
    "activation_std": ActivationStd,
    "best": Best,
    "distinct_units": DistinctUnits,
    "ratio": Ratio,
    "difference": Difference,
}


def _kind(given: Any) -> str | None:
    """The word that tells what a mapping, or a quantity, is."""
    words = given if isinstance(given, dict) else type(given).model_fields
    return next((kind for kind in KINDS if kind in words), None)


Quantity = Annotated[
    Annotated[Signal, Tag("signal")]
    | Annotated[EpochsUntil, Tag("epochs_until")]
    | Annotated[ActivationStd, Tag("activation_std")]
    | Annotated[Best, Tag("best")]
    | Annotated[DistinctUnits, Tag("distinct_units")]
    | Annotated[Ratio, Tag("ratio")]
    | Annotated[Difference, Tag("difference")],
    Discriminator(
        _kind,
        custom_error_type="no_quantity",
        custom_error_message=f"a quantity has one of {', '.join(KINDS)}",
    ),
]


def written(value: float, unit: Unit) -> str:
    """For a reader: 97.4 %, 2.30, 12, 2.1e-4; "never", "diverged"."""
    if math.isnan(value):
        return "diverged"
    if math.isinf(value):
        return "never" if unit == "count" else "infinite"
    if unit == "count":
        return f"{value:g}"
    return {"share": percent, "nat": loss, "pure": number}[unit](value)


def _course(run: "Trained", signal: str, layer: str | None) -> list[float]:
    """The signal's value in each epoch, nan where it was not finite."""
    return [_value(epoch, signal, layer) for epoch in run.told.epochs]


def _value(epoch: Mapping[str, Any], signal: str, layer: str | None) -> float:
    found = _named(epoch, signal)
    if layer is not None:
        found = _named(found, layer)
    return math.nan if found is None else float(found)


def _named(found: Mapping[str, Any], name: str) -> Any:
    if name not in found:
        raise ValueError(f"the run has no {name!r}; {did_you_mean(name, found)}")
    return found[name]


def _unit(signal: str) -> Unit:
    if signal.endswith(SHARES):
        return "share"
    return "nat" if signal.endswith(("loss", "entropy", "information")) else "pure"


def _noise_like(inputs: Tensor, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return inputs.mean() + inputs.std() * torch.randn(inputs.shape, generator=generator)
