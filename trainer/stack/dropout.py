"""Dropout of several trials at once, with the masks that each would have alone."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd  # what all of torch's dropouts are

from trainer.stack.scalars import Key


class SharedMasks(nn.Module):
    """Dropout at each trial's own rate, by the random numbers that the single loop would use.

    Every kind of dropout is x·s + t. Both are drawn once for each of the different `rates`, the
    generator set back in between, and trials of one rate share them; `which` is a trial's own.
    """

    which: Tensor

    def __init__(self, kind: _DropoutNd, rates: Sequence[float]) -> None:
        super().__init__()
        # Ascending, since a rate of zero draws nothing: the generator ends where a drop leaves it.
        self.kinds = nn.ModuleList(_at(kind, rate) for rate in sorted(set(rates)))
        self.shifts = isinstance(kind, nn.AlphaDropout | nn.FeatureAlphaDropout)
        self.which = torch.tensor(0)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        plain = torch.ones(x.shape, dtype=x.dtype, device=x.device)  # one trial's, as x seems here
        scales, shifts = self.masks(plain)
        found = x * self._own(scales)
        return found if shifts is None else found + self._own(shifts)

    def masks(self, ones: Tensor) -> tuple[list[Tensor], list[Tensor] | None]:
        """s and t of each rate, of the shape of `ones`, one trial's; None where t is zero."""
        if not self.shifts:
            return self._drawn(ones), None
        shifts = self._drawn(torch.zeros_like(ones), stay=True)
        scales = [both - t for both, t in zip(self._drawn(ones), shifts, strict=True)]
        return scales, shifts

    def _drawn(self, plain: Tensor, *, stay: bool = False) -> list[Tensor]:
        """What dropout makes of `plain`, by rate; `stay` leaves the generator as it was."""
        generator = _generator(plain.device)
        before, drawn = generator.get_state(), []
        for kind in self.kinds:
            generator.set_state(before)
            drawn.append(kind(plain))
        if stay:
            generator.set_state(before)
        return drawn

    def _own(self, drawn: list[Tensor]) -> Tensor:
        if len(drawn) == 1:
            return drawn[0]
        return torch.stack(drawn).index_select(0, self.which.reshape(1)).squeeze(0)


def share_masks(template: nn.Module, trials: Sequence[nn.Module]) -> dict[Key, Tensor]:
    """Put SharedMasks in place of the template's dropouts; returns their `which`, [K] each."""
    owned = [dict(trial.named_modules()) for trial in trials]
    found: dict[Key, Tensor] = {}
    dropouts = [(path, m) for path, m in template.named_modules() if isinstance(m, _DropoutNd)]
    for path, kind in dropouts:
        rates = [_rate(modules.get(path)) for modules in owned]
        template.set_submodule(path, SharedMasks(kind, rates))
        if len(set(rates)) > 1:
            numbers = [sorted(set(rates)).index(rate) for rate in rates]
            device = next(template.parameters()).device
            found[path, "which"] = torch.tensor(numbers, device=device)
    return found


def _at(kind: _DropoutNd, rate: float) -> _DropoutNd:
    own = copy.copy(kind)
    own.p, own.inplace = rate, False
    return own


def _rate(module: nn.Module | None) -> float:
    """A trial without dropout is built without the layer."""
    return module.p if isinstance(module, _DropoutNd) else 0.0


def _generator(device: torch.device) -> torch.Generator:
    if device.type == "cuda":
        return torch.cuda.default_generators[device.index or 0]
    return torch.default_generator
