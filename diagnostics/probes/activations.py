"""How the signal fares from layer to layer: its size, its dependence on the sample, dead units.

Sources: Glorot & Bengio 2010 (size and saturation by layer); He et al. 2015, §2.2 (size through
rectifiers); Lu et al. 2019, "Dying ReLU and initialization" (units that are zero everywhere).
"""

import torch
from torch import Tensor

from diagnostics.history import SignalValue, finite
from diagnostics.kinds import RECTIFIERS, SOFTMAX, SQUASHERS
from diagnostics.probes.trace import Passed, Trace

EDGE = {"sigmoid": (0.01, 0.99), "hardsigmoid": (0.01, 0.99)}  # beyond which a unit is at its end
WIDE_EDGE = (-0.98, 0.98)  # of functions between -1 and 1
MOSTLY = 0.95  # share of the samples at the ends that makes a unit a saturated one


@torch.no_grad()
def activation_signals(trace: Trace) -> dict[str, SignalValue]:
    """By layer: `activation_rms`, `activation_spread`; by activation: dead and saturated units.

    The spread is the standard deviation over the samples as a share of the size: 0 where a layer
    puts out the same for every sample.
    """
    steps = _named(trace.steps)
    inner = {name: step for name, step in steps.items() if step.output is not trace.output}
    return {
        "activation_rms": {name: _rms(step.output) for name, step in steps.items()},
        "activation_spread": {name: _spread(step.output) for name, step in steps.items()},
        "dead_units": {n: _dead(s.output) for n, s in steps.items() if s.kind in RECTIFIERS},
        "saturated_units": {
            n: _saturated(s.output, s.kind) for n, s in inner.items() if s.kind in SQUASHERS
        },
        "softmax_inside": {
            n: 1.0 for n, s in inner.items() if s.kind in SOFTMAX and s.output.ndim == 2
        },
    }


def _named(steps: list[Passed]) -> dict[str, Passed]:
    """A module that runs more than once is told by its last pass."""
    return {step.name: step for step in steps}


def _rms(output: Tensor) -> float | None:
    return finite(float(output.norm()) / output.numel() ** 0.5) if output.numel() else None


def _spread(output: Tensor) -> float | None:
    if output.ndim == 0 or len(output) < 2:
        return None
    values = output.flatten(1) if output.ndim > 1 else output.unsqueeze(1)
    size = float(values.norm()) / values.numel() ** 0.5
    over = float((values - values.mean(0)).norm()) / values.numel() ** 0.5
    return finite(over / size) if size > 0 else 0.0


def _units(output: Tensor) -> Tensor:
    """`[samples · positions, units]`: channels for maps `[N, C, H, W]`, the last axis else."""
    plain = output.movedim(1, -1) if output.ndim >= 4 else output
    return plain.reshape(-1, plain.shape[-1]) if plain.ndim > 1 else plain.unsqueeze(1)


def _dead(output: Tensor) -> float | None:
    return finite(float((_units(output) == 0).all(0).float().mean()))


def _saturated(output: Tensor, kind: str) -> float | None:
    low, high = EDGE.get(kind, WIDE_EDGE)
    units = _units(output)
    at_end = ((units < low) | (units > high)).float().mean(0)
    return finite(float((at_end > MOSTLY).float().mean()))
