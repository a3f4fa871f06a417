"""Whether units of a layer begin equal, and so stay equal."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import by_layer, said
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed, by_harm, by_merit

BREAK = Remedy(
    "Draw the weights at random (He or Glorot); only biases may all be 0.",
    {"model.init": {"name": "he"}},
)


@dataclass(frozen=True, kw_only=True)
class InitSymmetry(Weighed):
    """Looks for units of a layer whose incoming weights are the same.

    *Sees*
        By layer the share of units whose incoming weights equal another unit's, or are all 0.

    *Why it matters*
        Equal units get equal gradients and stay equal: a layer of a hundred has one. With zeros in
        every layer no gradient passes at all.

    *When it is wrong*
        A last layer of zeros is a known and good trick. Without harm it is a note.

    *What to do*
        Draw the weights at random.

    *Sources*
        Glorot & Bengio 2010; CS231n, "Weight initialization", "Pitfall: all zero initialization".
    """

    equal: float = 0.99  # share of a layer's units

    def __post_init__(self) -> None:
        if not 0 < self.equal <= 1:
            raise ValueError(f"equal must be in (0, 1]; it is {self.equal}")

    def judge(self, history: History) -> Verdict:
        shares = by_layer(history, "unit_symmetry")
        if not shares:
            return self.skip("The initial weights were not measured.")
        equal = [layer for layer, share in shares.items() if share >= self.equal]
        if not equal:
            return self.fine(history, "The units of each layer begin different.")
        which = words.listed(equal)
        summary = f"The units of {which} begin with equal weights, and stay equal; {said(history)}."
        only_last = equal == list(shares)[-1:]
        causes = {"symmetric_init": 0.4 if only_last else 0.97}
        severity = by_harm(history) if only_last else by_merit(history)
        return self.say(history, severity, summary, BREAK, causes, unit_symmetry=shares)
