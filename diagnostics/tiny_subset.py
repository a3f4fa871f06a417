"""What the two courses on twenty rows tell: who could learn them, and how the own one went."""

import math
from dataclasses import dataclass

from diagnostics.history import History
from diagnostics.outcome import measured

PASSED = 0.3  # share of the baseline below which rows are learned by heart
NOTHING = 1e-4  # a baseline so low that there is nothing to learn from these rows
BOUNCED = 0.1  # rise within the course, as a share of the baseline
SAME = 0.95  # × the other's loss: not better than it


@dataclass(frozen=True)
class Rows:
    """One course: `losses` along it, `passed`, and how it `ended` as a share of the baseline."""

    losses: tuple[float, ...]
    passed: bool
    ended: float
    rise: float

    @property
    def ran_away(self) -> bool:
        """Not finite, above where it began, or up and down by much."""
        first, last = self.losses[0], self.losses[-1]
        return not math.isfinite(last) or last > 1.05 * first or self.rise > BOUNCED

    @property
    def crept(self) -> bool:
        """Down all the way, and still not there."""
        first, last = self.losses[0], self.losses[-1]
        falls = math.isfinite(last) and last < first * (1 - 1e-4)
        return not self.passed and falls and self.rise < BOUNCED / 10


def course(history: History, name: str) -> Rows | None:
    """Of `own`, `reference`, `lower` or `higher`; None where it was not run."""
    losses = history.steps(f"tiny_{name}_loss")
    base = measured(history, "tiny_baseline")
    if not losses or base is None or base <= NOTHING:
        return None
    accuracy = measured(history, f"tiny_{name}_accuracy")
    ended = losses[-1] / base
    passed = ended < PASSED and accuracy in (None, 1.0)
    finite = [loss for loss in losses if math.isfinite(loss)]
    rise, low = 0.0, math.inf
    for loss in finite:
        low = min(low, loss)
        rise = max(rise, (loss - low) / base)
    return Rows(losses, passed, ended, rise)


def too_low(history: History) -> bool:
    """The own lr creeps, the reference gets there, and ten times the lr gets further, sooner."""
    own, reference, higher = (course(history, n) for n in ("own", "reference", "higher"))
    if own is None or reference is None or higher is None or own.passed or not reference.passed:
        return False
    return own.crept and higher.ended < SAME * own.ended


def too_high(history: History) -> bool:
    """The own lr is thrown about, a tenth of it gets further."""
    own, reference, lower = (course(history, n) for n in ("own", "reference", "lower"))
    if own is None or reference is None or lower is None or own.passed or not reference.passed:
        return False
    return own.ran_away and math.isfinite(lower.ended) and not own.ended < lower.ended / SAME


def learnable(history: History) -> bool:
    """Both courses pass: model, loss, initialisation and lr are sound."""
    own, reference = course(history, "own"), course(history, "reference")
    return own is not None and own.passed and (reference is None or reference.passed)
