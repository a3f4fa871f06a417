"""What a loss function was found to compute, and how its answers are compared with a form's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from diagnostics.probes.initial import LossFn

CLOSE = 1e-3  # relative distance that is rounding, in float32 and with clipped probabilities
ROUNDED = 1e-6  # of the value itself, in float32
LEAST_SHARE = 1e-3  # of the label smoothing and of the scale that are taken for real
SAME = 1e-2  # relative distance of two numbers that are one
TINY = 1e-7
REFUSED = (RuntimeError, ValueError, IndexError, TypeError, AssertionError)  # by a loss, of outputs

Form = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class LossForm:
    """`kind` in torch's words, and what it expects.

    `on` is logits, probabilities, log_probabilities or values; squashed where it squashes logits
    itself before a loss that does so again. The loss is `scale` times the mean over the samples.
    `broadcast`: outputs and targets have shapes that are stretched against each other.
    """

    kind: str
    on: str
    scale: float = 1.0
    label_smoothing: float = 0.0
    broadcast: bool = False


def answers(asked: Form | LossFn, outputs: Sequence[Tensor], targets: Tensor) -> Tensor | None:
    """The loss of each of the outputs; None where they are refused or one is not finite."""
    try:
        found = torch.stack([asked(o, targets).double().reshape(()) for o in outputs])
    except REFUSED:
        return None
    return found if bool(found.isfinite().all()) else None


def multiple(said: Tensor, known: Tensor) -> float | None:
    """The factor between two rows of values, where it is one and the same."""
    if not (bool(said.isfinite().all()) and bool(known.isfinite().all())):
        return None
    factor = float((said * known).sum() / known.square().sum().clamp_min(TINY**2))
    close = agree(said, factor * known)
    return factor if abs(factor) > LEAST_SHARE and close else None


def mixture(said: Tensor, *parts: Tensor) -> list[float] | None:
    """What each of the parts counts in a sum of them; None where `said` is no such sum."""
    columns = torch.stack(parts, dim=1)
    if len(said) <= len(parts) or not bool(columns.isfinite().all()):
        return None
    found = torch.linalg.lstsq(columns, said.unsqueeze(1), driver="gelsd").solution.flatten()
    counts: list[float] = found.tolist()
    return counts if agree(said, columns @ found) else None


def agree(said: Tensor, known: Tensor) -> bool:
    """Whether two rows of values are the same but for rounding."""
    least = CLOSE * (said.max() - said.min()) + ROUNDED * said.abs().max()
    return bool((said - known).abs().max() <= least)
