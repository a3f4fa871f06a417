"""Whether the updates go downhill."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import harm, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm

TURN = Remedy("Look for a minus before the loss, or maximize=True in the optimizer.")


@dataclass(frozen=True, kw_only=True)
class GradientSign(Weighed):
    """Compares the way the weights went with the way downhill.

    *Sees*
        The cosine between a step's change and the negative gradient, for one tensor of the model;
        and whether the loss is the negative of a known one.

    *Why it matters*
        A run that climbs gets ever better at being wrong. Its loss may even fall, where the sign
        of the loss is what was turned.

    *When it is wrong*
        Momentum and adaptive steps lean away from the gradient but seldom against it; a median
        far below 0 is no accident. Adversarial training climbs on purpose.

    *What to do*
        Take the minus away, or `maximize=True`.

    *Sources*
        Humbatova et al. 2020, "Taxonomy of real faults"; the limit is ours.
    """

    against: float = 0.3  # cosine, below 0

    def __post_init__(self) -> None:
        if not 0 < self.against < 1:
            raise ValueError(f"against must be in (0, 1); it is {self.against}")

    def judge(self, history: History) -> Verdict:
        scale, cosines = history.facts.loss_scale, curve(history, "downhill")
        causes = {"gradient_sign_flipped": 0.95}
        if scale is not None and scale < 0:
            summary = f"The loss is the negative of {history.facts.loss}: it is driven up."
            return self.say(history, Severity.WARNING, summary, TURN, causes, scale=scale)
        agreements = curve(history, "gradient_agreement").values.values()
        if harm(history) is not None and agreements and max(agreements) < -self.against:
            cosine = max(agreements)
            summary = f"The gradients point against those of the loss itself; {said(history)}."
            return self.say(history, Severity.WARNING, summary, TURN, causes, cosine=cosine)
        if not cosines.values:
            return self.skip("The direction of the updates was not measured.")
        cosine = sorted(cosines.values.values())[len(cosines.values) // 2]
        if cosine > -self.against:
            return self.fine(history, "The updates go downhill.", cosine=cosine)
        summary = f"The updates go uphill (cosine {words.number(cosine)}); {said(history)}."
        return self.say(history, by_harm(history), summary, TURN, causes, cosine=cosine)
