"""Whether each layer moves at a sensible pace."""

import math
from dataclasses import dataclass
from statistics import median

from diagnostics import words
from diagnostics.check import Finding, QuickCheck
from diagnostics.curves import always_finite, curve
from diagnostics.gradient_flow import NO_GRADIENT, REVIVE, starved
from diagnostics.history import History
from diagnostics.learning_rate import (
    HIGH,
    LOW,
    TARGET,
    bulk_epochs,
    bulk_ratios,
    fell,
    lr_named,
    lr_of,
    suggested_lr,
    thrown_off,
    within_usual,
)
from diagnostics.outcome import had_a_chance, measured
from diagnostics.progress import ceiling_loss, learned
from diagnostics.verdict import Remedy, Severity
from diagnostics.weight_decay import lower_decay, shrunk

ONE_LAYER = (
    "Other layers move at a usual pace, so look at the initialisation, the inputs and the "
    "activation of this one before changing lr."
)

AGREED = 0.5  # of the target: where every layer moves less, it is no single layer's fault


@dataclass(frozen=True, kw_only=True)
class UpdateRatio(QuickCheck):
    """Compares the size of an update with the size of the weights that it changes.

    *Sees*
        ‖Δw‖/‖w‖ of single steps, the median of each layer over the epochs; warm-up and the tail
        of a decay (lr below 10 % of its largest) are left out. Biases, norms and frozen layers
        are not measured.

    *Why it matters*
        It says in one number whether lr suits the weights: about 1e-3 is usual. Far below, a layer
        hardly moves and training takes forever; far above, each step undoes the last.

    *When it is wrong*
        The band is a rule of thumb. Healthy runs with large batches, momentum or small weights
        leave it, so a ratio outside is a warning only where the loss shows the harm: not falling
        (too low), or not falling, rising or not finite (too high). Else it is at most a note.

    *What to do*
        Change lr by the factor that brings the ratio to 1e-3. Where single layers are outside and
        the rest is not, look at the initialisation and the inputs of these layers instead.

    *Sources*
        CS231n, "Babysitting the learning process", "Ratio of weights:updates". The factor for a
        note and the share that counts as learning are ours, from runs on digits.
    """

    low: float = LOW
    high: float = HIGH
    far: float = 3.0  # × outside the band before a run that learns gets a note
    learned: float = 0.1  # share of the initial loss gone: the pace does no harm
    risen: float = 0.25  # rise above the best epoch, × the loss of an untrained model: harm
    epochs: int = 3  # fewer are not judged

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high:
            raise ValueError(f"low must be above 0 and below high; {self.low} and {self.high}")
        if not self.far >= 1:
            raise ValueError(f"far must be at least 1; it is {self.far}")
        for field in ("learned", "risen"):
            if not 0 < getattr(self, field) <= 1:
                raise ValueError(f"{field} must be in (0, 1]; it is {getattr(self, field)}")
        if not self.epochs >= 1:
            raise ValueError(f"epochs must be at least 1; it is {self.epochs}")

    def find(self, history: History) -> Finding:
        ratios, epochs = bulk_ratios(history), bulk_epochs(history)
        if not ratios:
            return self.pass_over("No update ratio was measured.")
        if len(epochs) < self.epochs:
            return self.pass_over(f"Judged after {words.count(self.epochs, 'epoch')} at full lr.")
        severity, summary, remedy = self._grade(history, ratios)
        bad = severity.rank >= Severity.WARNING.rank
        return self.finding(
            severity,
            summary,
            evidence=lambda: {
                "update_ratio": ratios,
                "median": median(ratios.values()),
                "target": TARGET,
                "lr": lr_of(history),
                "learned": learned(history),
            },
            remedy=remedy,
            epochs=(epochs[0], epochs[-1]),
            causes=self._causes(history, ratios) if bad else {},
        )

    def _grade(
        self, history: History, ratios: dict[str, float]
    ) -> tuple[Severity, str, Remedy | None]:
        layer, outside = self._worst(ratios)
        too_low = ratios[layer] < self.low
        harmed = outside > 1 and self._harmed(history, too_low)
        if not harmed and outside <= self.far:
            return Severity.PASS, "No layer moves far outside the usual range.", None
        if too_low and thrown_off(history):
            named = lr_named(history)
            summary = f"Little moves since a violent step early on; {named} is not what is too low."
            return Severity.NOTE, summary, None
        sentence = self._sentence(history, ratios, layer)
        if not harmed:
            return Severity.NOTE, f"{sentence}; no harm is seen from it.", None
        if shrunk(history):
            why = "weight decay has shrunk the weights"
            return Severity.WARNING, f"{sentence}; {why}.", lower_decay(history)
        if too_low and starved(history):
            return Severity.WARNING, f"{sentence}; {NO_GRADIENT}.", REVIVE
        return Severity.WARNING, f"{sentence}.", self._advice(history, ratios, too_low)

    def _causes(self, history: History, ratios: dict[str, float]) -> dict[str, float]:
        """An lr is blamed only where all layers agree and a gradient arrives."""
        if shrunk(history) or starved(history) or min(ratios.values()) <= 0:
            return {}
        if measured(history, "input_broken"):
            return {}
        if min(ratios.values()) < self.low and max(ratios.values()) < AGREED * TARGET:
            return {"lr_too_low": 0.3} if fell(history) else {}
        return {"lr_too_high": 0.3} if min(ratios.values()) > self.high else {}

    def _worst(self, ratios: dict[str, float]) -> tuple[str, float]:
        """The layer furthest outside the band, and by which factor (1 and below: inside)."""
        factors = {layer: self._factor(ratio) for layer, ratio in ratios.items()}
        worst = max(factors, key=lambda layer: factors[layer])
        return worst, factors[worst]

    def _factor(self, ratio: float) -> float:
        return math.inf if ratio <= 0 else max(self.low / ratio, ratio / self.high)

    def _harmed(self, history: History, too_low: bool) -> bool:
        if not had_a_chance(history):
            return False
        share = learned(history)
        idle = share is not None and share < self.learned
        return idle and not thrown_off(history) if too_low else idle or self._rises(history)

    def _rises(self, history: History) -> bool:
        """Not finite, above the loss of an untrained model, or well above the best epoch."""
        losses, ceiling = curve(history, "train_loss"), ceiling_loss(history)
        if not always_finite(history, "train_loss"):
            return True
        if not losses.values or ceiling is None:
            return False
        return losses.newest > min(ceiling, losses.lowest + self.risen * ceiling)

    def _sentence(self, history: History, ratios: dict[str, float], layer: str) -> str:
        """Without its full stop: all layers where they agree, else the one furthest outside."""
        low = ratios[layer] < self.low
        agreeing = [r for r in ratios.values() if (r < self.low if low else r > self.high)]
        together = len(ratios) > 1 and len(agreeing) == len(ratios)
        who = "Every layer" if together else f"Layer `{layer}`"
        if max(agreeing) <= 0 and together:
            return f"No layer moves with {lr_named(history)}"
        if max(agreeing) <= 0:
            return f"{who} does not move at all with {lr_named(history)}"
        slowest, fastest = words.number(min(agreeing)), words.number(max(agreeing))
        pace = words.number(ratios[layer])
        if together and slowest != fastest:
            pace = f"{slowest} to {fastest}"
        side = "little" if low else "much"
        named = lr_named(history)
        return f"{who} moves too {side} with {named}: {pace} of its size per step (usual: 1e-3)"

    def _advice(self, history: History, ratios: dict[str, float], too_low: bool) -> Remedy:
        """A new lr only where all layers are on that side of the band, or nearly."""
        if max(ratios.values()) <= 0:
            return Remedy("Check that the optimizer has these weights and that gradients arrive.")
        if too_low:
            pace = max(ratios.values())
            agreed = pace < self.low * self.far
        else:
            pace = median(ratios.values())
            agreed = min(ratios.values()) > self.high / self.far
        if not agreed:
            return Remedy(ONE_LAYER)
        lr = suggested_lr(lr_of(history), pace)
        if lr is None:
            return Remedy(f"Multiply lr by {words.number(TARGET / pace)}: 1e-3 is usual.")
        lr = lr if too_low else within_usual(history, lr)
        text = f"Try lr {words.setting(lr)}, which brings the ratio towards 1e-3."
        return Remedy(text, {"optimizer.lr": lr})
