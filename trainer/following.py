"""Follows one forward pass below the modules: what is multiplied, and which inputs are seen.

At this depth a convolution is seen wherever it is written, in a layer or as a function.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry
from torch.utils.weak import WeakTensorKeyDictionary

from trainer.geometry import Reach, spread

Reaches = tuple[Reach | None, ...]  # of a tensor's axes; None: no place of the input

aten = torch.ops.aten
PRODUCTS = {aten.mm, aten.addmm, aten.bmm, aten.baddbmm, aten.mv, aten.dot}
POOLINGS = {
    aten.max_pool2d_with_indices,
    aten.max_pool3d_with_indices,
    aten.avg_pool2d,
    aten.avg_pool3d,
}
KEEPING = {aten.constant_pad_nd, aten.cat}  # change an axis' length, not what it sees
VIEWS = {aten.view, aten._unsafe_view, aten.reshape}
NEAREST = {aten.upsample_nearest1d, aten.upsample_nearest2d, aten.upsample_nearest3d}


class Follow(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own is untyped
    """While active, tells `multiplied` of each product, and keeps the reaches of every tensor."""

    def __init__(self, multiplied: Callable[[int], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._multiplied = multiplied
        self._reaches: Any = WeakTensorKeyDictionary()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nothing is compiled here, and torch._dynamo takes long to import."""
        return False

    def begin(self, sample: Tensor) -> None:
        """The input [1, C, ...] or, of token ids, [1, L]: each place sees itself."""
        places = sample.ndim - (1 if sample.ndim == 2 else 2)
        self._reaches[sample] = (None,) * (sample.ndim - places) + (Reach(),) * places

    def reaches(self, tensor: Tensor) -> list[Reach]:
        """Of the axes that are places of the input; empty where none is."""
        return [reach for reach in self._of(tensor) if reach is not None]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        # Taken before the operation, which may be in place.
        given = [a for a in _flat(args) if isinstance(a, Tensor)]
        seen = [(tensor.shape, self._of(tensor)) for tensor in given]
        out = func(*args, **kwargs)
        packet = func._overloadpacket
        if (formula := flop_registry.get(packet)) is not None:
            # An operation is a multiplication and an addition.
            self._multiplied(formula(*args, **kwargs, out_val=out) // 2)
        first = out[0] if isinstance(out, tuple | list) and out else out
        if isinstance(first, Tensor):
            self._reaches[first] = _after(packet, args, seen, first)
        return out

    def _of(self, tensor: Tensor) -> Reaches:
        found: Reaches = self._reaches.get(tensor, (None,) * tensor.ndim)
        return found


Seen = list[tuple[torch.Size, Reaches]]


def _after(packet: Any, args: Sequence[Any], seen: Seen, out: Tensor) -> Reaches:
    """The reaches of an operation's first output."""
    nothing: Reaches = (None,) * out.ndim
    if not any(reach for _, reaches in seen for reach in reaches) or packet in PRODUCTS:
        return nothing
    shape, reaches = seen[0]
    if packet is aten.convolution:
        return _convolved(reaches, args)
    if packet in POOLINGS:
        return _pooled(reaches, *args[1:])
    if packet in NEAREST:
        return _resized(reaches, shape, out.shape)
    if packet is aten.embedding:
        return (*seen[1][1], None)
    if packet in VIEWS:
        return _viewed(shape, reaches, out.shape)
    if packet is aten.squeeze:
        return _squeezed(shape, reaches, *args[1:])
    if packet in MOVES:
        return MOVES[packet](reaches, *args[1:])
    if packet in KEEPING:
        return _joined([r for _, r in seen], out.ndim)
    alike = [r for size, r in seen if len(size) == out.ndim and _same_places(size, r, out.shape)]
    return _joined(alike, out.ndim)


def _convolved(reaches: Reaches, args: Sequence[Any]) -> Reaches:
    """aten.convolution(input, weight, bias, stride, padding, dilation, transposed, …)."""
    size, strides, dilations, transposes = args[1].shape[2:], args[3], args[5], args[6]
    after: list[Reach | None] = []
    for place, f in enumerate(size):
        reach = reaches[len(reaches) - len(size) + place]
        width, stride = spread(f, _at(dilations, place)), _at(strides, place)
        if reach is None:
            after.append(None)
        else:
            step = reach.transposed if transposes else reach.convolved
            after.append(step(width, stride))
    return (*(None,) * (len(reaches) - len(size)), *after)


def _pooled(
    reaches: Reaches,
    sizes: Sequence[int],
    strides: Sequence[int] = (),
    padding: Any = 0,
    dilations: Any = (1,),
    *rest: Any,
) -> Reaches:
    """Windows over the last axes; their stride is their size where none is given."""
    dilations = dilations if isinstance(dilations, list) else (1,)  # avg_pool has none
    kept = len(reaches) - len(sizes)
    windows = [spread(f, _at(dilations, place)) for place, f in enumerate(sizes)]
    after = (
        None if reach is None else reach.convolved(window, _at(strides or sizes, place))
        for place, (reach, window) in enumerate(zip(reaches[kept:], windows, strict=True))
    )
    return (*reaches[:kept], *after)


def _resized(reaches: Reaches, shape: torch.Size, new: torch.Size) -> Reaches:
    """Nearest neighbours: places are repeated, or left out; by other factors it is unknown."""
    after: list[Reach | None] = []
    for reach, n, m in zip(reaches, shape, new, strict=True):
        if reach is not None and m % n == 0:
            after.append(reach.transposed(m // n, m // n))
        elif reach is not None and n % m == 0:
            after.append(reach.convolved(1, n // m))
        else:
            after.append(None)
    return tuple(after)


def _viewed(shape: torch.Size, reaches: Reaches, new: torch.Size) -> Reaches:
    """Axes before the places may be cut or put together; places may not."""
    added = len(new) - len(shape)
    moved = (None,) * added + reaches
    if added < 0 or not _same_places((0,) * added + tuple(shape), moved, new):
        return (None,) * len(new)
    return moved


def _same_places(shape: Sequence[int], reaches: Reaches, new: Sequence[int]) -> bool:
    pairs = zip(shape, reaches, new, strict=True)
    return all(reach is None or before == after for before, reach, after in pairs)


def _joined(several: Sequence[Reaches], axes: int) -> Reaches:
    """The largest along each axis; what sees no place is left aside."""
    joined: list[Reach | None] = [None] * axes
    for reaches in several:
        for axis, reach in enumerate(reaches):
            before = joined[axis]
            if reach is not None:
                joined[axis] = reach if before is None else before.joined(reach)
    return tuple(joined)


def _unsqueezed(reaches: Reaches, dim: int) -> Reaches:
    at = dim % (len(reaches) + 1)
    return (*reaches[:at], None, *reaches[at:])


def _squeezed(shape: torch.Size, reaches: Reaches, dims: int | Sequence[int] = ()) -> Reaches:
    """Axes of length 1 go: those named, or all."""
    named = [dims] if isinstance(dims, int) else dims or range(len(shape))
    gone = {dim % len(shape) for dim in named if shape[dim] == 1}
    return tuple(reach for axis, reach in enumerate(reaches) if axis not in gone)


def _swapped(reaches: Reaches, first: int, second: int) -> Reaches:
    order = list(reaches)
    order[first], order[second] = order[second], order[first]
    return tuple(order)


def _permuted(reaches: Reaches, order: Sequence[int]) -> Reaches:
    return tuple(reaches[axis] for axis in order)


def _sliced(
    reaches: Reaches, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Reaches:
    """x[::2] sees as much, at every second place."""
    axis = dim % len(reaches)
    reach = reaches[axis]
    kept = None if reach is None else reach.convolved(1, step)
    return (*reaches[:axis], kept, *reaches[axis + 1 :])


MOVES: dict[Any, Callable[..., Reaches]] = {
    aten.slice: _sliced,
    aten.unsqueeze: _unsqueezed,
    aten.transpose: _swapped,
    aten.permute: _permuted,
}


def _at(numbers: Sequence[int], place: int) -> int:
    """torch gives one number for all axes, or one for each."""
    return numbers[place] if len(numbers) > 1 else numbers[0]


def _flat(args: Sequence[Any]) -> list[Any]:
    """Tensors may be given in lists: `cat([a, b])`."""
    return [x for a in args for x in (a if isinstance(a, list | tuple) else [a])]
