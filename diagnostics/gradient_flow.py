"""Whether gradients still arrive: what hardly moves for want of them needs no higher lr."""

from diagnostics.ends import ends
from diagnostics.history import History
from diagnostics.learning_rate import bulk_paces
from diagnostics.progress import reference_loss
from diagnostics.reading import derived
from diagnostics.verdict import Remedy

GONE = 1e-6  # ‖w‖·‖∂L/∂w‖ as a share of the loss: doubling the weights would not change it
COLLAPSED = 0.01  # update ratio per lr, as a share of its first epoch

NO_GRADIENT = "hardly any gradient arrives (dead or saturated units)"
REVIVE = Remedy("Look at the initialisation and the width of the layers, or lower lr.")


@derived
def starved(history: History) -> bool:
    """Whether no layer gets a gradient to speak of, or all lost theirs since the first epoch."""
    return _gone(history) or _collapsed(history)


def _gone(history: History) -> bool:
    reference = reference_loss(history)
    norms, gradients = (ends(history, name).last for name in ("weight_norm", "gradient_norm"))
    pulls = [gradient * norms[layer] for layer, gradient in gradients.items() if layer in norms]
    return reference is not None and bool(pulls) and max(pulls) < GONE * reference


def _collapsed(history: History) -> bool:
    """Per unit of lr, so that a decay of lr is no collapse."""
    shares = bulk_paces(history).shares
    return bool(shares) and max(shares) < COLLAPSED
