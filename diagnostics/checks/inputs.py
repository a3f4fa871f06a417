"""Whether the inputs are numbers, and of a scale that layers can work with."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import measured, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, all_measured, by_lag

STANDARDISE = Remedy(
    "Standardise each feature (subtract its mean, divide by its standard deviation), with the "
    "numbers of the training set.",
    {"preprocess": {"name": "standardise"}},
)
APART = Remedy("Look at what the model is given: a wrong column, padding, or rows read twice.")
DROP = Remedy("Drop these features: they tell nothing, and take weights.")
CLEAN = Remedy("Find the rows with nan or infinities and repair or drop them.")
ONCE = Remedy(
    "Look whether the inputs are scaled twice (divided by 255 and standardised); scale them once, "
    "to a standard deviation of about 1.",
    {"preprocess": {"name": "standardise"}},
)


@dataclass(frozen=True, kw_only=True)
class Inputs(Weighed):
    """Looks at the scale of the inputs, feature by feature, and accuses it only of real harm.

    *Sees*
        A sample of the inputs before training: broken numbers, the size of each feature (of each
        channel for images), features that never change or repeat another, equal rows with unequal
        targets, and what became of the run.

    *Why it matters*
        A weight's gradient is proportional to its input. Inputs of a thousand make the first
        layer's steps a thousand times too large; inputs of a thousandth leave it standing; unequal
        features do both at once. Batch norm and Adam forgive much of it.

    *When it is wrong*
        Raw pixels up to 255 train well under Adam, so scale alone is a note. It is a warning only
        where the run diverges, learns nothing, or stays behind simple predictors.

    *What to do*
        Standardise each feature once, with the training set's mean and deviation.

    *Sources*
        LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", §4.3. The limits are ours, from
        `bench/diagnosis`.
    """

    large: float = 10.0  # root mean square of a feature
    small: float = 0.05  # root mean square of all inputs
    idle: float = 0.5  # share of the features that never change or repeat another: worth a note
    conflicts: float = 0.3  # share of the rows that equal another and have another target

    def __post_init__(self) -> None:
        for field in ("large", "small", "idle", "conflicts"):
            if not getattr(self, field) > 0:
                raise ValueError(f"{field} must be above 0; it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        if (alike := self._alike(history)) is not None:
            return alike
        size = measured(history, "input_rms")
        broken = measured(history, "input_broken")
        if size is None or broken is None:
            return self.skip("No sample of the inputs was measured.")
        if broken > 0:
            summary = f"Some inputs are not finite ({words.percent(broken)} of all numbers)."
            causes = {"non_finite": 0.9}
            return self.say(history, Severity.WARNING, summary, CLEAN, causes, broken=broken)
        low, high = (measured(history, f"feature_rms_{end}") or size for end in ("low", "high"))
        if high > self.large:
            return self._large(history, low, high)
        if size < self.small:
            return self._small(history, size)
        if (idle := self._idle(history)) is not None:
            return self.say(history, Severity.NOTE, idle, DROP, None, **_sizes(history))
        return self.fine(history, "The inputs are of a usual scale.", **_sizes(history))

    def _idle(self, history: History) -> str | None:
        """What most features do instead of telling something."""
        constant, repeated = (measured(history, f"{k}_features") for k in ("constant", "duplicate"))
        if constant is not None and constant >= self.idle:
            return f"{words.percent(constant)} of the features never change."
        if repeated is not None and repeated >= self.idle:
            return f"{words.percent(repeated)} of the features that change repeat another."
        return None

    def _alike(self, history: History) -> Verdict | None:
        """Equal inputs with unequal targets cannot be told apart by any model."""
        conflicts = measured(history, "conflicting_rows") or 0.0
        if conflicts < self.conflicts:
            return None
        if measured(history, "distinct_rows") == 1:
            summary = f"All inputs of the sample are the same; {said(history)}."
            causes = {"input_independent": 0.9, "no_signal_in_inputs": 0.5}
        else:
            share = words.percent(conflicts)
            summary = f"{share} of the rows equal others that have other targets; {said(history)}."
            causes = {"label_corruption": 0.7, "cannot_overfit_tiny_subset": 0.4}
        return self.say(history, by_lag(history), summary, APART, causes, conflicts=conflicts)

    def _large(self, history: History, low: float, high: float) -> Verdict:
        sizes = f"up to {words.number(high)}"
        if high > self.large * low:
            sizes = f"from {words.number(low)} to {words.number(high)}, feature by feature"
        summary = f"The inputs are not normalised ({sizes}); {said(history)}."
        causes = {"input_not_normalized": 0.8}
        return self.say(history, by_lag(history), summary, STANDARDISE, causes, **_sizes(history))

    def _small(self, history: History, size: float) -> Verdict:
        summary = f"The inputs are very small ({words.number(size)} on average); {said(history)}."
        causes = {"input_scale_too_small": 0.85}
        return self.say(history, by_lag(history), summary, ONCE, causes, **_sizes(history))


def _sizes(history: History) -> dict[str, float | None]:
    sizes = ("input_rms", "input_largest", "feature_rms_low", "feature_rms_high")
    return all_measured(history, *sizes, "constant_features", "duplicate_features")
