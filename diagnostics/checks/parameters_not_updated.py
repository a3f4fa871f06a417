"""Whether all parameters that should train do change."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.learning_rate import bulk_ratios
from diagnostics.outcome import by_layer, measured, newest, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm, by_lag

WORTH = 1e-3  # share of the largest layer's gradient
STEP = Remedy("Call optimizer.step() after each backward pass, and monitor.step() after that.")
GIVE = Remedy(
    "Give the optimizer all parameters (model.parameters()), and make it after the last layer was "
    "added or replaced. Freeze on purpose with requires_grad_(False)."
)


@dataclass(frozen=True, kw_only=True)
class ParametersNotUpdated(Weighed):
    """Looks for trainable parameters that the optimizer does not have, or that never move.

    *Sees*
        How many trainable tensors the optimizer lacks and how many the loss does not reach before
        training; then the layers whose update ratio is 0 although they get a gradient.

    *Why it matters*
        A layer that was replaced after the optimizer was made stays as it was drawn. The rest
        trains around it, so nothing fails loudly.

    *When it is wrong*
        A frozen backbone may be left out of the optimizer on purpose, and a second optimizer may
        have the rest: without harm it is a note. Parameters with `requires_grad=False` are never
        counted.

    *What to do*
        Make the optimizer last; freeze with `requires_grad_(False)`.

    *Sources*
        Jiang et al. 2025, "TrainCheck"; Humbatova et al. 2020, "Taxonomy of real faults".
    """

    def judge(self, history: History) -> Verdict:
        missing, unused = (
            measured(history, name) for name in ("not_in_optimizer", "unused_parameters")
        )
        still = _standing(history)
        if missing is None and unused is None and not bulk_ratios(history):
            return self.skip("Neither the optimizer's parameters nor the updates were measured.")
        found = {"not_in_optimizer": missing, "unused_parameters": unused, "still": still}
        if still:
            none_moves = len(still) == len(bulk_ratios(history))
            which = "No layer changes" if none_moves else f"{words.listed(still)}: no change"
            summary = f"{which}, though gradients arrive; {said(history)}."
            causes, remedy = {"parameters_not_updated": 0.9}, STEP if none_moves else GIVE
            return self.say(history, by_harm(history), summary, remedy, causes, **found)
        if missing and measured(history, "in_optimizer") == 0:
            summary = "The optimizer has none of the model's parameters."
            causes = {"parameters_not_updated": 0.97}
            return self.say(history, Severity.WARNING, summary, GIVE, causes, **found)
        if missing:
            tensors = words.count(int(missing), "trainable tensor")
            summary = f"The optimizer lacks {tensors}; {said(history)}."
            causes = {"parameters_not_updated": 0.8}
            return self.say(history, by_harm(history), summary, GIVE, causes, **found)
        if unused:
            tensors = words.count(int(unused), "trainable tensor")
            summary = f"The loss does not reach {tensors}; {said(history)}."
            causes = {"parameters_not_updated": 0.85, "no_gradient": 0.3}
            return self.say(history, by_lag(history), summary, GIVE, causes, **found)
        return self.fine(history, "All trainable parameters change.", **found)


def _standing(history: History) -> list[str]:
    """Layers with a gradient before training or now whose weights have not moved at all."""
    gradients = newest(history, "gradient_norm") or by_layer(history, "gradient_norm")
    least = WORTH * max(gradients.values(), default=0.0)  # below it a step is lost in rounding
    ratios = bulk_ratios(history)
    return [n for n, ratio in ratios.items() if ratio == 0 and gradients.get(n, 0.0) > least]
