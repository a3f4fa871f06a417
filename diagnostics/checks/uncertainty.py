"""What the model does not know, and whether more data would tell it."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

MORE = Remedy("More data, or augmentation: what the model is unsure of can still be learned.")


@dataclass(frozen=True, kw_only=True)
class Uncertainty(Weighed):
    """Divides the uncertainty of MC dropout into what data would take away and what stays.

    *Sees*
        The mean entropy of the prediction over passes with dropout on (`evaluation.mc_dropout`),
        and the mutual information between prediction and weights: the part that more data would
        take away. The rest is noise of the labels.

    *Why it matters*
        It tells whether to collect more data or better labels.

    *When it is wrong*
        The passes sample the dropout that is there, which is a crude picture of what is not
        known: the share is a hint and this a note.

    *What to do*
        A large share: more data, augmentation. A small one: look at the labels and the inputs.

    *Sources*
        Gal & Ghahramani 2016, "Dropout as a Bayesian approximation"; Houlsby et al. 2011, eq. 2
        (mutual information). The limits are ours.
    """

    share: float = 0.5  # of the entropy that more data would take away
    much: float = 0.1  # entropy, as a share of the baseline loss: below it there is no question

    def __post_init__(self) -> None:
        for field in ("share", "much"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        entropies, known = curve(history, "mc_entropy"), curve(history, "mc_mutual_information")
        base = baseline(history)
        if not entropies.values or not known.values or base is None:
            return self.skip("No passes with dropout on were made (evaluation.mc_dropout).")
        entropy, part = entropies.newest, known.newest
        found = {"mc_entropy": entropy, "mc_mutual_information": part}
        if entropy < self.much * base or part < self.share * entropy:
            return self.fine(history, "Little of the uncertainty is for want of data.", **found)
        summary = (
            f"{words.percent(part / entropy)} of what the model is unsure of ({words.loss(entropy)}"
            f" nat) is for want of data."
        )
        return self.note(history, summary, MORE, **found)
