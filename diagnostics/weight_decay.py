"""Whether weight decay has shrunk the weights to nothing, and which one to try instead."""

from diagnostics import words
from diagnostics.ends import ends
from diagnostics.history import History
from diagnostics.learning_rate import spiked
from diagnostics.verdict import Remedy

SHRUNK = 0.1  # weights down to this share of their norm after epoch 1: weight decay won


def shrunk(history: History) -> bool:
    """Every layer lost nine tenths of its norm since epoch 1, under weight decay and no blow-up."""
    if not history.facts.weight_decay or spiked(history):
        return False
    shares = ends(history, "weight_norm").shares
    return bool(shares) and max(shares) < SHRUNK


def lower_decay(history: History) -> Remedy:
    """A tenth of the weight decay."""
    lower = words.rounded((history.facts.weight_decay or 0.0) / 10)
    text = f"Lower the weight decay (try {words.setting(lower)}), or lr with it."
    return Remedy(text, {"optimizer.weight_decay": lower})
