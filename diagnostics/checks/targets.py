"""Whether the model can reach its targets: their scale, range, and whether labels are classes."""

import math
from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline, by_layer, measured, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, all_measured, by_lag

RANGES = {  # what a function can put out; None: without end
    "sigmoid": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exp": (0.0, math.inf),
}
SCALE = Remedy(
    "Standardise the targets (subtract their mean, divide by their deviation), and turn the "
    "predictions back afterwards."
)
LINEAR = Remedy("Take the last activation away, or scale the targets into its range.")
CLASSES = Remedy(
    "Nothing to do where they are meant to be left out; else number the classes from 0 to C − 1."
)

TWICE, NEAR = 2.0, 1.1  # ours, from bench/diagnosis


@dataclass(frozen=True, kw_only=True)
class Targets(Weighed):
    """Compares the targets with what the model puts out before training, and with what it can.

    *Sees*
        A sample of the targets: labels that are no class, broken numbers, and for values their
        size beside that of the first outputs and the range of the last activation.

    *Why it matters*
        A network starts with outputs of about 1. Targets of a thousand take thousands of steps to
        get near, with gradients to match; targets outside the last activation's range are never
        reached.

    *When it is wrong*
        Large targets can be learned by a larger lr and patience, so they are a warning only where
        the run does not learn what is there to learn.

    *What to do*
        Standardise the targets; use a linear output for values.

    *Sources*
        LeCun et al. 1998, "Efficient BackProp", §4.5 (targets and output units). The limits are
        ours, from `bench/diagnosis`.
    """

    far: float = 8.0  # size of the targets, × that of the first outputs (at least 1)
    outside: float = 0.05  # of the targets' spread beyond the outputs' range

    def __post_init__(self) -> None:
        for field in ("far", "outside"):
            if not getattr(self, field) > 0:
                raise ValueError(f"{field} must be above 0; it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        if by_layer(history, "class_share"):
            return self._labels(history)
        low, high = measured(history, "target_low"), measured(history, "target_high")
        if low is None or high is None:
            return self.skip("No sample of the targets was measured.")
        if (broken := measured(history, "target_broken") or 0.0) > 0:
            summary = f"{words.percent(broken)} of the targets are nan or infinite."
            remedy = Remedy("Find these rows and repair or drop them.")
            return self.say(
                history, Severity.WARNING, summary, remedy, {"non_finite": 0.9}, broken=broken
            )
        return self._unreachable(history, low, high) or self._scale(history)

    def _labels(self, history: History) -> Verdict:
        outside = measured(history, "labels_outside") or 0.0
        if outside > 0:
            summary = (
                f"{words.percent(outside)} of the labels are no class; the loss leaves them out."
            )
            return self.say(history, Severity.NOTE, summary, CLASSES, outside=outside)
        return self.fine(history, "All labels are classes of the model.")

    def _unreachable(self, history: History, low: float, high: float) -> Verdict | None:
        function = history.facts.output_activation
        bottom, top = RANGES.get(function or "", (-math.inf, math.inf))
        beyond = max(bottom - low, high - top, 0.0)
        if beyond <= self.outside * max(high - low, abs(high), 1e-12):
            return None
        reach = f"{words.number(bottom)} to {words.number(top)}" if top < math.inf else "0 and more"
        lowest, highest = words.setting(low), words.setting(high)
        summary = (
            f"The outputs end in {function} ({reach}), the targets go from {lowest} to {highest}."
        )
        return self.say(
            history, Severity.WARNING, summary, LINEAR, {"output_range": 0.9}, **_sizes(history)
        )

    def _scale(self, history: History) -> Verdict:
        middle, spread = measured(history, "target_mean"), measured(history, "target_std")
        size = math.hypot(middle or 0.0, spread or 0.0)
        first = max(measured(history, "output_rms") or 0.0, 1.0)
        if size <= self.far * first or history.facts.task != "regression":
            return self.fine(history, "The targets are of a usual scale.", **_sizes(history))
        summary = (
            f"The targets are about {words.number(size)}, the first outputs "
            f"{words.number(measured(history, 'output_rms'))}; {said(history)}."
        )
        causes = {"target_not_scaled": 0.4 if _met(history, middle, spread) else 0.85}
        return self.say(history, by_lag(history), summary, SCALE, causes, **_sizes(history))


def _met(history: History, middle: float | None, spread: float | None) -> bool:
    """The targets lie far from 0 rather than far apart, and the outputs have got there: the loss
    came down to that of their mean, from twice as much or more.
    """
    base, first = baseline(history), measured(history, "initial_loss")
    if base is None or first is None or abs(middle or 0.0) < TWICE * (spread or 0.0):
        return False
    return first > TWICE * base and curve(history, "train_loss").lowest < NEAR * base


def _sizes(history: History) -> dict[str, float | None]:
    names = ("target_mean", "target_std", "target_low", "target_high", "output_rms")
    return all_measured(history, *names)
