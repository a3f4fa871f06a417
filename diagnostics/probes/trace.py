"""What happens inside a model in one forward pass: every layer and activation, in order.

Activations are seen whether they are modules or functions, since torch tells a function mode of
both. Nothing is changed: the hooks go when the pass is over.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from diagnostics.kinds import ACTIVATIONS
from diagnostics.probes.layers import COMPILED, NORMS

ALIASES = {"relu_": "relu", "sigmoid_": "sigmoid", "tanh_": "tanh", "exp_": "exp"}


@dataclass(frozen=True)
class Passed:
    """What one layer or activation put out: `kind` is its class or function in lower case."""

    name: str
    kind: str
    output: Tensor
    weighted: bool  # has a weight of two or more dimensions


@dataclass
class Trace:
    """`steps` in the order of execution; `output` is the model's own."""

    steps: list[Passed] = field(default_factory=list)
    output: Any = None

    @property
    def output_activation(self) -> str | None:
        """The function that made the model's output, None for a layer."""
        for step in reversed(self.steps):
            if _is_same(step.output, self.output):
                return step.kind if step.kind in ACTIVATIONS else None
        return None


def _is_same(one: Tensor, other: Any) -> bool:
    """The same numbers, whatever shape they were brought into (squeeze, view)."""
    if one is other or not isinstance(other, Tensor):
        return one is other
    return one.numel() == other.numel() and one.data_ptr() == other.data_ptr() != 0


def traced(model: nn.Module, inputs: Any) -> Trace:
    """One forward pass of `model`; gradients are recorded where they are enabled."""
    trace = Trace()
    with _hooked(model, trace.steps) as where, _Functions(trace.steps, where):
        trace.output = model(inputs)
    return trace


@contextmanager
def _hooked(model: nn.Module, steps: list[Passed]) -> Iterator[list[str]]:
    """`where`: the innermost module that is running, and the last weighted layer before it."""
    where: list[str] = []
    handles = []
    for name, module in model.named_modules():
        if any(True for _ in module.children()) and not _has_matrix(module):
            continue
        handles.append(module.register_forward_pre_hook(_enter(where, name)))
        handles.append(module.register_forward_hook(_leave(where, steps, name)))
    try:
        yield where
    finally:
        for handle in handles:
            handle.remove()


def _enter(where: list[str], name: str) -> Callable[..., None]:
    return lambda *_: where.append(name)


def _leave(where: list[str], steps: list[Passed], name: str) -> Callable[..., None]:
    layer = name.replace(COMPILED, "")

    def leave(module: nn.Module, _: Any, output: Any) -> None:
        where.pop()
        seen = output[0] if isinstance(output, tuple) and output else output
        known = bool(steps) and steps[-1].output is seen  # its function told of it
        kind = type(module).__name__.lower()
        if known and kind in ACTIVATIONS:  # ReLU6 calls another function
            steps[-1] = replace(steps[-1], kind=kind)
        elif isinstance(seen, Tensor) and seen.is_floating_point() and not known:
            steps.append(Passed(layer, kind, seen, _has_matrix(module)))

    return leave


def _has_matrix(module: nn.Module) -> bool:
    own = module.parameters(recurse=False)
    return not isinstance(module, NORMS) and any(p.ndim >= 2 for p in own)


class _Functions(TorchFunctionMode):
    """Adds the activations that are called as functions, inside a module or outside."""

    def __init__(self, steps: list[Passed], where: list[str]) -> None:
        super().__init__()
        self._steps = steps
        self._where = where

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        called = getattr(func, "__name__", "")
        kind = ALIASES.get(called, called)
        if kind in ACTIVATIONS and isinstance(result, Tensor):
            self._steps.append(Passed(self._name(kind), kind, result, False))
        return result

    def _name(self, kind: str) -> str:
        """The module's, else that of the layer before, with what comes after it."""
        if self._where and self._where[-1]:
            return self._where[-1].replace(COMPILED, "")
        before = next((step.name for step in reversed(self._steps) if step.weighted), "")
        return f"{before}.{kind}" if before else kind
