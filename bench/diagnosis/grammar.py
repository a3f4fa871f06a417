"""Case files: YAML in, frozen dataclasses out.

The grammar is that of the README beside `cases.yaml`. Our own cases add to a `config`:

model:    a mapping with `name`, one of bench.diagnosis.architectures, and its options, in place of
          `layers`; `init` then may be left out
prepare:  `input_scale`, `input_shift`, `target_scale`, `target_shift`, and `rows` (the first so
          many training rows), applied to the data set
and to `extra`:
clip (largest norm of the gradient), accumulate (batches to a step), amp (true: bf16 on the CPU),
label_smoothing, class_weights (true: by the inverse of the class shares).
A case may name its healthy `twin`: the same run without the fault.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bench.diagnosis.faults import Fault, FaultError, fault_of
from diagnostics.parts import did_you_mean

ACTIVATIONS = (
    "linear", "relu", "elu", "tanh", "sigmoid", "softmax", "exp", "leaky_relu", "gelu", "silu",
    "softplus", "step",
)  # fmt: skip
INITS = ("he_u", "he_n", "glorot_u", "glorot_n", "torch", "normal", "uniform", "const")
SETTLED = ("normal", "uniform", "const")  # inits that take a number
LABELS = ("faulty", "healthy", "warn", "per_seed")
OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")
CONFIG = (
    "data", "layers", "init", "loss", "optimizer", "batch_size", "epochs", "extra", "model",
    "prepare",
)  # fmt: skip
LAYERS = re.compile(r"(?:(?P<times>\d+)\s*x\s+)?(?P<units>\d+)\s+(?P<activation>\w+)")
INIT = re.compile(r"(?P<name>\w+)(?::(?P<number>[-+.\deE]+))?")


class GrammarError(ValueError):
    """What a case file says cannot be run; the sentence names the case and the word."""


@dataclass(frozen=True)
class Layer:
    """A dense layer and what follows it."""

    units: int
    activation: str


@dataclass(frozen=True)
class Init:
    """How weights begin; `number` is the scale or the value of `normal`, `uniform`, `const`."""

    name: str
    number: float = 0.0


@dataclass(frozen=True)
class Optimizer:
    """As torch calls them; the weight decay of all but `adamw` is added to the gradient."""

    name: str
    lr: float
    momentum: float = 0.0
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Model:
    """One of bench.diagnosis.architectures."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepare:
    """x → x · input_scale + input_shift, and y alike; `rows` None: all training rows."""

    input_scale: float = 1.0
    input_shift: float = 0.0
    target_scale: float = 1.0
    target_shift: float = 0.0
    rows: int | None = None


@dataclass(frozen=True)
class Extra:
    """What a loop does beside the ordinary, and what it does wrong."""

    dropout: float = 0.0
    freeze_layers: tuple[int, ...] = ()
    lr_schedule: str | None = None
    faults: tuple[Fault, ...] = ()
    clip: float | None = None
    accumulate: int = 1
    amp: bool = False
    label_smoothing: float = 0.0
    class_weights: bool = False

    def fault(self, kind: str) -> Fault | None:
        """The fault of that kind, if it was put in."""
        return next((fault for fault in self.faults if fault.kind == kind), None)


@dataclass(frozen=True)
class Config:
    """One training run. `layers` is empty where `model` is given; `batch_size` 0 means all rows."""

    data: str
    layers: tuple[Layer, ...]
    init: tuple[Init, ...]
    loss: str
    optimizer: Optimizer
    batch_size: int
    epochs: int
    extra: Extra
    model: Model | None = None
    prepare: Prepare = Prepare()


@dataclass(frozen=True)
class Expectation:
    """The cause to name first, those as good, and those that would be wrong."""

    primary: str | None = None
    accept: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @property
    def right(self) -> tuple[str, ...]:
        """All that may come first."""
        return ((self.primary,) if self.primary else ()) + self.accept


@dataclass(frozen=True)
class Case:
    """A run, what it is, and what is to be said of it."""

    id: str
    label: str
    config: Config
    expect: Expectation = Expectation()
    twin: str | None = None


@dataclass(frozen=True)
class CaseFile:
    """The cases of a file, and a sentence for each that cannot be run."""

    cases: tuple[Case, ...]
    refused: tuple[str, ...] = ()


def read(paths: Sequence[Path]) -> CaseFile:
    """All cases of these files, in their order. Raises GrammarError where a file is no case file.

    A case that cannot be run does not keep the others from running: it is among the `refused`.
    """
    cases: list[Case] = []
    refused: list[str] = []
    for path in paths:
        for raw in _document(path)["cases"]:
            try:
                cases.append(case_of(raw))
            except (GrammarError, FaultError) as error:
                refused.append(f"{path.name}: {error}")
    ids = [case.id for case in cases]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise GrammarError(f"These ids are given twice: {', '.join(twice)}")
    for case in cases:
        if case.twin is not None and case.twin not in ids:
            raise GrammarError(f"{case.id}: no case is called {case.twin!r}, its twin")
    return CaseFile(tuple(cases), tuple(refused))


def case_of(raw: Mapping[str, Any]) -> Case:
    """One entry of `cases`. Raises GrammarError or FaultError, beginning with the case's id."""
    name = str(raw.get("id", "a case without id"))
    try:
        label = _one_of("label", raw.get("label", "faulty"), LABELS)
        expect = raw.get("expect") or {}
        return Case(
            id=name,
            label=label,
            config=_config(raw["config"], raw.get("extra") or {}),
            expect=Expectation(
                expect.get("primary"),
                tuple(expect.get("accept") or ()),
                tuple(expect.get("never") or ()),
            ),
            twin=raw.get("twin"),
        )
    except (GrammarError, FaultError) as error:
        raise type(error)(f"{name}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise GrammarError(f"{name}: {type(error).__name__}: {error}") from error


def _document(path: Path) -> Mapping[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise GrammarError(f"{path} cannot be read: {error}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("cases"), list):
        raise GrammarError(f"{path} has no list of `cases`")
    return raw


def _config(raw: Mapping[str, Any], extra: Mapping[str, Any]) -> Config:
    _known("config", raw, CONFIG)
    layers = tuple(layer for text in raw.get("layers") or () for layer in _layers(text))
    model = _model(raw.get("model"))
    if bool(layers) == (model is not None):
        raise GrammarError("config needs either `layers` or `model`")
    batch_size = raw.get("batch_size", 32)
    return Config(
        data=str(raw["data"]),
        layers=layers,
        init=_inits(raw.get("init", "torch"), len(layers)),
        loss=str(raw["loss"]),
        optimizer=_optimizer(raw["optimizer"]),
        batch_size=0 if batch_size in ("full", "all", None) else int(batch_size),
        epochs=int(raw["epochs"]),
        extra=_extra({**(raw.get("extra") or {}), **extra}),
        model=model,
        prepare=Prepare(**(raw.get("prepare") or {})),
    )


def _layers(text: str) -> list[Layer]:
    found = LAYERS.fullmatch(str(text).strip())
    if found is None:
        raise GrammarError(f"layer {text!r} is not '<units> <activation>' or '3x 64 relu'")
    activation = _one_of("activation", found["activation"], ACTIVATIONS)
    return [Layer(int(found["units"]), activation)] * int(found["times"] or 1)


def _inits(raw: Any, layers: int) -> tuple[Init, ...]:
    """One for each layer; where there is a `model`, that of all its layers."""
    if not isinstance(raw, list):
        return (_init(raw),) * max(layers, 1)
    if len(raw) != layers:
        raise GrammarError(f"init has {len(raw)} entries for {layers} layers")
    return tuple(_init(each) for each in raw)


def _init(text: Any) -> Init:
    found = INIT.fullmatch(str(text).strip())
    if found is None:
        raise GrammarError(f"init {text!r} is not a name, or a name and a number as in normal:0.05")
    name = _one_of("init", found["name"], INITS)
    if (name in SETTLED) != (found["number"] is not None):
        needs = "needs" if name in SETTLED else "takes no"
        raise GrammarError(f"init {text!r}: {name} {needs} number")
    return Init(name, float(found["number"] or 0.0))


def _model(raw: Any) -> Model | None:
    if raw is None:
        return None
    options = {"name": raw} if isinstance(raw, str) else dict(raw)
    return Model(str(options.pop("name")), options)


def _optimizer(raw: Mapping[str, Any]) -> Optimizer:
    _known("optimizer", raw, ("name", "lr", "momentum", "weight_decay"))
    name = _one_of("optimizer", str(raw["name"]).lower(), OPTIMIZERS)
    numbers = {key: float(value) for key, value in raw.items() if key != "name"}
    return Optimizer(name, **numbers)


def _extra(raw: Mapping[str, Any]) -> Extra:
    known = [name for name in Extra.__dataclass_fields__ if name != "faults"]
    _known("extra", raw, (*known, "inject"))
    given = {key: value for key, value in raw.items() if key != "inject"}
    texts = raw.get("inject") or ()
    texts = [texts] if isinstance(texts, str) else texts
    frozen = tuple(int(layer) for layer in given.pop("freeze_layers", None) or ())
    schedule = given.pop("lr_schedule", None)
    return Extra(
        **given,
        freeze_layers=frozen,
        lr_schedule=None if schedule is None else str(schedule),
        faults=tuple(fault_of(text) for text in texts),
    )


def _known(where: str, raw: Mapping[str, Any], names: Sequence[str]) -> None:
    for key in raw:
        if key not in names:
            raise GrammarError(f"{where} has {key!r}; {did_you_mean(str(key), names)}")


def _one_of(what: str, value: Any, names: Sequence[str]) -> str:
    if value not in names:
        raise GrammarError(f"{what} {value!r} is unknown; {did_you_mean(str(value), names)}")
    return str(value)
