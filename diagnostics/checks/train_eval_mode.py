"""Whether training runs in training mode."""

from dataclasses import dataclass

from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm

SWITCH = Remedy("Call model.train() before the training steps of each epoch, model.eval() after.")


@dataclass(frozen=True, kw_only=True)
class TrainEvalMode(Weighed):
    """Looks at the mode that the model is in when it takes its steps.

    *Sees*
        The share of the sampled steps whose model was in evaluation mode, and whether there is
        dropout or batch norm, for which the mode matters.

    *Why it matters*
        In evaluation mode batch norm uses statistics that were never gathered and dropout does
        nothing. `model.eval()` for a validation, without a `model.train()` after it, is enough.

    *When it is wrong*
        Fine-tuning with frozen batch norm is done in evaluation mode on purpose: without harm it
        is a note.

    *What to do*
        `model.train()` at the beginning of each epoch.

    *Sources*
        PyTorch documentation, "Module.train"; Jiang et al. 2025, "TrainCheck".
    """

    share: float = 0.5  # of the sampled steps of an epoch

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be in (0, 1]; it is {self.share}")

    def judge(self, history: History) -> Verdict:
        modes = curve(history, "evaluation_mode")
        if not modes.values:
            return self.skip("The mode of the model was not seen.")
        share = modes.newest
        kinds = history.facts.kinds or {}
        norms = any(kind.startswith("batchnorm") for kind in kinds.values())
        matters = norms or (history.facts.dropout or 0.0) > 0
        if share < self.share or not matters:
            return self.fine(history, "The model trains in training mode.", share=share)
        summary = f"The model takes its steps in evaluation mode; {said(history)}."
        severity = Severity.WARNING if norms else by_harm(history)
        causes = {"train_eval_mismatch": 0.9}
        return self.say(history, severity, summary, SWITCH, causes, share=share)
