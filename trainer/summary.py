"""A model as a table: what each layer puts out, holds, multiplies and sees of the input.

Conventions: one sample, without the batch; multiplications are those of convolutions and matrix
products, without biases (norms, activations and poolings count 0), and as many additions come with
them; memory is float32 outputs that were not there before, so 0 for a view.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from trainer.following import Follow
from trainer.form import Form
from trainer.geometry import Reach

NUMBER_BYTES = 4  # float32


@dataclass(frozen=True)
class LayerRow:
    """One layer, each time it runs.

    `output` is the shape of what it puts out. `trainable` and `frozen` count its parameters the
    first time they are used. `receptive_field` and `stride` (how far apart the fields of
    neighbours begin) are in input positions, one number for each axis of the image or text; None
    where outputs have no place.
    """

    name: str
    kind: str
    output: tuple[int, ...]
    trainable: int
    frozen: int
    multiplications: int
    receptive_field: tuple[int, ...] | None
    stride: tuple[float, ...] | None
    memory: int

    @property
    def parameters(self) -> int:
        return self.trainable + self.frozen


@dataclass(frozen=True)
class Totals:
    """`elsewhere` are parameters that no row has: of heads that only training uses."""

    trainable: int
    frozen: int
    elsewhere: int
    multiplications: int
    memory: int

    @property
    def parameters(self) -> int:
        return self.trainable + self.frozen


def summarise(model: nn.Module, form: Form) -> list[LayerRow]:
    """A row for each layer in the order they run on one sample in evaluation mode.

    Layers are modules without others inside, and those that have parameters or multiply outside of
    the modules in them. The model is left as it was.
    """
    watch = _Watch()
    follow = Follow(watch.multiplied)
    sample = _sample(model, form)
    follow.begin(sample)
    with _evaluating(model), watch.on(model, follow), torch.no_grad(), follow:
        model(sample)
    return [visit.row() for visit in watch.visits if visit.counts()]


def totals(model: nn.Module, rows: Sequence[LayerRow]) -> Totals:
    """Sums over the rows, and over all parameters of the model."""
    held = list(model.parameters())
    return Totals(
        trainable=sum(p.numel() for p in held if p.requires_grad),
        frozen=sum(p.numel() for p in held if not p.requires_grad),
        elsewhere=sum(p.numel() for p in held) - sum(row.parameters for row in rows),
        multiplications=sum(row.multiplications for row in rows),
        memory=sum(row.memory for row in rows),
    )


@dataclass
class _Visit:
    """One call of a module, while it goes on."""

    name: str
    module: nn.Module
    trainable: int
    frozen: int
    multiplications: int = 0
    output: tuple[int, ...] = ()
    reaches: list[Reach] = field(default_factory=list)
    memory: int = 0

    def counts(self) -> bool:
        leaf = next(self.module.children(), None) is None
        return leaf or self.trainable + self.frozen + self.multiplications > 0

    def row(self) -> LayerRow:
        return LayerRow(
            name=self.name,
            kind=type(self.module).__name__,
            output=self.output,
            trainable=self.trainable,
            frozen=self.frozen,
            multiplications=self.multiplications,
            receptive_field=tuple(r.size for r in self.reaches) or None,
            stride=tuple(float(r.jump) for r in self.reaches) or None,
            memory=self.memory,
        )


class _Watch:
    """Hooks that note every call of a module."""

    def __init__(self) -> None:
        self.visits: list[_Visit] = []
        self._open: list[_Visit] = []
        self._counted: set[int] = set()  # parameters, by id
        self._kept: list[Tensor] = []  # alive, so that no storage is given out twice
        self._storages: set[int] = set()

    def multiplied(self, number: int) -> None:
        """To the innermost module that runs."""
        if self._open:
            self._open[-1].multiplications += number

    @contextmanager
    def on(self, model: nn.Module, follow: Follow) -> Iterator[None]:
        """Watch the model's modules."""
        handles = []
        for name, module in model.named_modules():
            handles += [
                module.register_forward_pre_hook(self._entering(name or "model")),
                module.register_forward_hook(self._leaving(follow)),
            ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _entering(self, name: str) -> Any:
        def enter(module: nn.Module, inputs: tuple[Any, ...]) -> None:
            self._seen_before(inputs)
            visit = _Visit(name, module, *self._parameters(module))
            self.visits.append(visit)
            self._open.append(visit)

        return enter

    def _leaving(self, follow: Follow) -> Any:
        def leave(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            visit = self._open.pop()
            first = output[0] if isinstance(output, list | tuple) else output
            if isinstance(first, Tensor):
                visit.output = tuple(first.shape[1:])
                visit.reaches = follow.reaches(first)
                visit.memory = NUMBER_BYTES * first.numel() if self._is_new(first) else 0

        return leave

    def _parameters(self, module: nn.Module) -> tuple[int, int]:
        """Trainable and frozen ones that the module itself holds, where not counted before."""
        own = [p for p in module.parameters(recurse=False) if id(p) not in self._counted]
        self._counted |= {id(p) for p in own}
        trainable = sum(p.numel() for p in own if p.requires_grad)
        return trainable, sum(p.numel() for p in own) - trainable

    def _seen_before(self, inputs: tuple[Any, ...]) -> None:
        for tensor in inputs:
            if isinstance(tensor, Tensor):
                self._is_new(tensor)

    def _is_new(self, tensor: Tensor) -> bool:
        place = tensor.untyped_storage().data_ptr()
        new = place not in self._storages
        self._storages.add(place)
        self._kept.append(tensor)
        return new


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, and each module's own mode again; random numbers are drawn for nothing."""
    modes = {module: module.training for module in model.modules()}
    with torch.random.fork_rng(devices=[]):
        model.eval()
        try:
            yield
        finally:
            for module, training in modes.items():
                module.training = training


def _sample(model: nn.Module, form: Form) -> Tensor:
    """Zeros [1, *shape], or token ids that are no padding, where the model is."""
    first = next(model.parameters(), torch.zeros(()))
    if form.vocabulary is not None:
        return torch.full((1, *form.shape), min(1, form.vocabulary - 1), device=first.device)
    return torch.zeros(1, *form.shape, dtype=first.dtype, device=first.device)
