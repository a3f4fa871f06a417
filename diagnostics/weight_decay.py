"""Whether weight decay has shrunk weights to nothing, and which one to try instead."""

from diagnostics import words
from diagnostics.ends import ends
from diagnostics.history import History
from diagnostics.learning_rate import spiked
from diagnostics.verdict import Remedy

GONE = 0.01  # a layer's weights down to this share of their first norm: nothing passes it
SHRUNK = 0.1  # weights down to this share of their norm after epoch 1: weight decay won


def shrunk(history: History) -> bool:
    """Every layer lost nine tenths of its norm since epoch 1, under weight decay and no blow-up."""
    if not history.facts.weight_decay or spiked(history):
        return False
    shares = ends(history, "weight_norm").shares
    return bool(shares) and max(shares) < SHRUNK


def collapsed(history: History, left: float = GONE) -> list[str]:
    """The layers of which less than that share is left, under weight decay and no blow-up."""
    if not history.facts.weight_decay or spiked(history):
        return []
    shares = ends(history, "weight_norm").left
    return [layer for layer, share in shares.items() if share < left]


def lower_decay(history: History) -> Remedy:
    """A tenth of the weight decay."""
    lower = words.rounded((history.facts.weight_decay or 0.0) / 10)
    text = f"Lower the weight decay (try {words.setting(lower)}), or lr with it."
    return Remedy(text, {"optimizer.weight_decay": lower})
