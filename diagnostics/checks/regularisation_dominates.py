"""Whether weight decay or dropout outweighs the loss."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import always_finite
from diagnostics.ends import ends
from diagnostics.history import History
from diagnostics.outcome import Harm, harm, newest, said
from diagnostics.tiny_subset import learnable
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm
from diagnostics.weight_decay import lower_decay, shrunk

LESS_DROPOUT = Remedy("Lower the dropout probability, to 0.5 or less.", {"model.dropout": 0.3})


@dataclass(frozen=True, kw_only=True)
class RegularisationDominates(Weighed):
    """Weighs what regularisation takes against what the loss gives.

    *Sees*
        Whether the weights shrink towards 0 while the loss stands at its baseline, under weight
        decay; and under heavy dropout whether the run comes to harm, however large its loss.

    *Why it matters*
        Decay that pulls harder than the gradient leads every weight to 0, where the model knows
        only the class shares. Dropout of nine tenths leaves too little of the signal.

    *When it is wrong*
        Weights may shrink in healthy runs while the loss falls; only a run that does not learn is
        accused.

    *What to do*
        A tenth of the weight decay; dropout of at most a half.

    *Sources*
        Krogh & Hertz 1992, "A simple weight decay can improve generalization"; Srivastava et al.
        2014, "Dropout", §A. The limits are ours.
    """

    weak: float = 0.5  # size of every layer's weights now, as a share of its first one
    heavy: float = 0.7  # dropout probability
    extreme: float = 0.9  # the same, where nothing else need be wrong

    def __post_init__(self) -> None:
        for field in ("weak", "heavy", "extreme"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")
        if self.extreme < self.heavy:
            raise ValueError(f"extreme must be at least heavy; it is {self.extreme}")

    def judge(self, history: History) -> Verdict:
        norms = newest(history, "weight_norm")
        decay, dropout = history.facts.weight_decay, history.facts.dropout
        if not norms:
            return self.skip("No weights were measured.")
        worst = harm(history)
        if decay and worst in (Harm.FAILED, Harm.BEHIND) and self._shrunk(history):
            named = f"weight decay {words.setting(decay)}"
            summary = f"The weights shrink to nothing under {named}; {said(history)}."
            causes, remedy = {"over_regularization": 0.95}, lower_decay(history)
            severity = Severity.WARNING
            return self.say(history, severity, summary, remedy, causes, weight_norm=norms)
        finite = always_finite(history, "train_loss")
        if dropout and dropout >= self.heavy and worst is not None and finite:
            named = f"dropout {words.setting(dropout)}"
            summary = f"Little of the signal passes {named}; {said(history)}."
            likely = 0.9 if dropout >= self.extreme else 0.8
            causes = {"dropout_too_high": likely, "over_regularization": 0.3}
            severity = by_harm(history)
            return self.say(history, severity, summary, LESS_DROPOUT, causes, dropout=dropout)
        return self.fine(history, "Regularisation does not outweigh the loss.", weight_norm=norms)

    def _shrunk(self, history: History) -> bool:
        """Nearly to 0; or by half, where the same rows are learned without any decay."""
        shares = ends(history, "weight_norm").shares
        if shrunk(history):
            return True
        return bool(shares) and max(shares) < self.weak and learnable(history)
