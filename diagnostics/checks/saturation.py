"""Whether squashing units sit at their flat ends."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import by_layer, newest, said
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed, by_lag

SMALLER = Remedy(
    "Use Glorot initialisation and standardised inputs, a lower lr, or rectifiers.",
    {"model.activation": {"name": "relu"}},
)


@dataclass(frozen=True, kw_only=True)
class Saturation(Weighed):
    """Counts the sigmoid and tanh units that are at their ends for nearly every sample.

    *Sees*
        By layer the share of units whose output is within 2 % of an end for 95 % of a fixed
        batch, before training and as training goes on.

    *Why it matters*
        At its ends a squashing function is flat: the unit passes hardly any gradient, and learns
        as slowly as it once learned fast.

    *When it is wrong*
        Gates of recurrent networks are meant to be at their ends, and trained networks often
        saturate: without harm to the run it is a note.

    *What to do*
        Glorot initialisation, standardised inputs, a lower lr, or rectifiers.

    *Sources*
        Glorot & Bengio 2010, §3. The shares are ours.
    """

    many: float = 0.5  # share of a layer's units

    def __post_init__(self) -> None:
        if not 0 < self.many <= 1:
            raise ValueError(f"many must be in (0, 1]; it is {self.many}")

    def judge(self, history: History) -> Verdict:
        now = newest(history, "saturated_units")
        if not now:
            return self.skip("No squashing units were measured.")
        layer = max(now, key=lambda name: now[name])
        if now[layer] < self.many:
            return self.fine(history, "Few units are saturated.", saturated_units=now)
        begun = by_layer(history, "saturated_units").get(layer, 0.0) >= self.many
        since = " from the start" if begun else ""
        share = words.percent(now[layer])
        summary = f"{share} of the units of `{layer}` are saturated{since}; {said(history)}."
        causes = {"saturation": 0.86}
        return self.say(history, by_lag(history), summary, SMALLER, causes, saturated_units=now)
