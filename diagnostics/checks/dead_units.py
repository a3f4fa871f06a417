"""Whether units are zero for every sample."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import Harm, by_layer, harm, newest, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm, doubtful

REVIVE = Remedy(
    "Use leaky rectifiers, wider layers or batch norm, and a lower lr if the units died while "
    "training.",
    {"model.activation": {"name": "leaky_relu"}},
)


@dataclass(frozen=True, kw_only=True)
class DeadUnits(Weighed):
    """Counts the rectified units that are zero for each sample of a fixed batch.

    *Sees*
        By layer the share of units (channels of a map) that are exactly zero for every sample,
        before training and as training goes on.

    *Why it matters*
        A unit that is zero everywhere gets no gradient and seldom comes back. Where a whole layer
        is dead, nothing behind it depends on the input and nothing before it learns.

    *When it is wrong*
        Half of the units may die without harm in a wide layer: a note. A small sample can miss
        the inputs that wake a unit.

    *What to do*
        Leaky rectifiers, wider layers, batch norm; a lower lr where they died in training.

    *Sources*
        Lu, Shin, Su & Karniadakis 2019, "Dying ReLU and initialization"; CS231n, "Commonly used
        activation functions". The shares are ours.
    """

    many: float = 0.5  # share of a layer's units: worth a note
    all_of_them: float = 0.999

    def __post_init__(self) -> None:
        for field in ("many", "all_of_them"):
            if not 0 < getattr(self, field) <= 1:
                raise ValueError(f"{field} must be in (0, 1]; it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        now, before = newest(history, "dead_units"), by_layer(history, "dead_units")
        if not now:
            return self.skip("No rectified units were measured.")
        gone = [layer for layer, share in now.items() if share >= self.all_of_them]
        if gone:
            return self._layers(history, gone, now, before)
        if max(now.values()) >= self.many:
            layer = max(now, key=lambda name: now[name])
            share = words.percent(now[layer])
            summary = f"{share} of the units of `{layer}` are dead; {said(history)}."
            causes = {
                "dead_relu": 0.5 if harm(history) is Harm.FAILED and now[layer] > 0.9 else 0.2
            }
            severity = by_harm(history) if now[layer] > 0.9 else Severity.NOTE
            return self.say(history, severity, summary, REVIVE, causes, dead_units=now)
        return self.fine(history, "Hardly any unit is dead.", dead_units=now)

    def _layers(
        self, history: History, gone: list[str], now: dict[str, float], before: dict[str, float]
    ) -> Verdict:
        begun = before.get(gone[0], 0.0) >= self.all_of_them
        since = "before any update" if begun else "by now"
        which = words.listed(gone)
        summary = f"All units of {which} are zero for every sample, {since}; {said(history)}."
        severity = Severity.WARNING if doubtful(history) or history.epochs == 0 else Severity.NOTE
        causes = {"dead_relu": 0.87 if begun else 0.52 if harm(history) is Harm.FAILED else 0.4}
        return self.say(history, severity, summary, REVIVE, causes, dead_units=now)
