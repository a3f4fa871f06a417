"""Whether gradients still arrive: what hardly moves for want of them needs no higher lr."""

from diagnostics.history import History
from diagnostics.learning_rate import bulk_epochs
from diagnostics.progress import finite_values, reference_loss
from diagnostics.verdict import Remedy

GONE = 1e-6  # ‖w‖·‖∂L/∂w‖ as a share of the loss: doubling the weights would not change it
COLLAPSED = 0.01  # update ratio per lr, as a share of its first epoch

NO_GRADIENT = "hardly any gradient arrives (dead or saturated units)"
REVIVE = Remedy("Look at the initialisation and the width of the layers, or lower lr.")


def starved(history: History) -> bool:
    """Whether no layer gets a gradient to speak of, or all lost theirs since the first epoch."""
    return _gone(history) or _collapsed(history)


def _gone(history: History) -> bool:
    reference = reference_loss(history)
    norms = history.layers("weight_norm")
    pulls = [
        series.values[-1] * norms[layer].values[-1]
        for layer, series in history.layers("gradient_norm").items()
        if layer in norms
    ]
    return reference is not None and bool(pulls) and max(pulls) < GONE * reference


def _collapsed(history: History) -> bool:
    """Per unit of lr, so that a decay of lr is no collapse."""
    rates, bulk = finite_values(history, "lr"), bulk_epochs(history)
    shares = []
    for series in history.layers("update_ratio").values():
        pairs = zip(series.epochs, series.values, strict=True)
        paces = [v / rates[e] for e, v in pairs if e in bulk and rates.get(e, 0.0) > 0]
        if len(paces) > 1 and paces[0] > 0:
            shares.append(paces[-1] / paces[0])
    return bool(shares) and max(shares) < COLLAPSED
