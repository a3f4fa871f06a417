"""Whether the initial weights let signal and gradient through, layer by layer."""

from dataclasses import dataclass
from statistics import median

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import Harm, by_layer, harm, measured, said
from diagnostics.tiny_subset import course
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm, by_lag

FAR_TOO_LARGE = 3.0  # × `large`: explains all else; ours, from bench/diagnosis
INITIALISE = Remedy(
    "Use He initialisation before rectifiers and Glorot's before tanh or sigmoid.",
    {"model.init": {"name": "he"}},
)


@dataclass(frozen=True, kw_only=True)
class InitScale(Weighed):
    """Looks at the scale of the weights before the first update, and of what they make of inputs.

    *Sees*
        By layer the root mean square of the weights times √fan-in (√2 for He, 1 for Glorot, 0.58
        for torch's own), and the size of the activations.

    *Why it matters*
        A gain well below 1 shrinks signal and gradient in every layer, one well above blows them
        up: both to the power of the depth.

    *When it is wrong*
        Batch norm takes the scale away. Without harm to the run it is a note.

    *What to do*
        He initialisation for rectifiers, Glorot's for tanh and sigmoid.

    *Sources*
        Glorot & Bengio 2010; He et al. 2015, eq. 10. The limits are ours, from `bench/diagnosis`.
    """

    small: float = 0.3  # gain of the median hidden layer
    large: float = 3.0
    blown: float = 1e3  # × growth of the activations from the first to the largest layer

    def __post_init__(self) -> None:
        if not self.small > 0:
            raise ValueError(f"small must be above 0; it is {self.small}")
        if not self.large > self.small:
            raise ValueError(f"large must be above small; it is {self.large}")
        if not self.blown > 1:
            raise ValueError(f"blown must be above 1; it is {self.blown}")

    def judge(self, history: History) -> Verdict:
        gains = by_layer(history, "weight_gain")
        if not gains:
            return self.skip("The initial weights were not measured.")
        usual = "The initial weights are of a usual scale."
        found = self._growing(history) or self._scaled(history, gains)
        return found or self.fine(history, usual, weight_gain=gains)

    def _growing(self, history: History) -> Verdict | None:
        recorded = history.rows.get(0, {}).get("activation_rms")
        sizes = recorded if isinstance(recorded, dict) else {}
        lost = next((layer for layer, size in sizes.items() if size is None), None)
        known = [size for size in sizes.values() if size]
        grown = max(known) / known[0] if known else 1.0
        limit = self.blown if harm(history) is not Harm.BROKEN else self.blown**0.5
        if measured(history, "input_broken") or (lost is None and grown < limit):
            return None
        how = "grow" if lost is None else f"are not finite from `{lost}` on"
        summary = f"The activations {how} before any update; {said(history)}."
        if lost is None:
            summary = f"The activations grow {words.number(grown)} times; {said(history)}."
        severity = by_harm(history) if lost is None else Severity.FATAL
        causes = {"exploding_activations": 0.8 if lost is None else 0.95}
        return self.say(history, severity, summary, INITIALISE, causes, activation_rms=sizes)

    def _scaled(self, history: History, gains: dict[str, float]) -> Verdict | None:
        middle = median(list(gains.values())[:-1] or list(gains.values()))
        if self.small <= middle <= self.large:
            return None
        small, times = middle < self.small, words.number(middle)
        side = "small" if small else "large"
        scale = f"The initial weights are {side} (gain {times}; usual: 0.6 to 1.4)"
        if small:
            causes = {"init_scale_too_small": 0.9 if _rectified(history) else 0.6}
        else:
            failed = harm(history) is Harm.FAILED
            likely = 0.9 if middle > FAR_TOO_LARGE * self.large else 0.6 if failed else 0.8
            causes = {"init_scale_too_large": likely}
        summary = f"{scale}; {said(history)}."
        severity = Severity.WARNING if _unlearnable(history) else by_lag(history)
        return self.say(history, severity, summary, INITIALISE, causes, weight_gain=gains)


def _unlearnable(history: History) -> bool:
    """Not even the reference optimizer learns twenty rows from here."""
    reference = course(history, "reference")
    return reference is not None and not reference.passed


def _rectified(history: History) -> bool:
    return "relu" in (history.facts.kinds or {}).values()
