"""Whether the last activation gives what the loss expects."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from diagnostics.history import History
from diagnostics.outcome import Harm, by_layer, harm, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_merit

UNIT = ("sigmoid", "hardsigmoid", "softmax")  # put out numbers between 0 and 1
ONE_SIDED = ("relu", "relu6", "softplus", "exp")
NAMES = {
    "cross_entropy": "cross entropy",
    "binary_cross_entropy": "binary cross entropy",
    "mse_loss": "the mean squared error",
    "mse_onehot": "the mean squared error to one-hot labels",
    "nll_loss": "the negative log likelihood",
}


class Misfit(NamedTuple):
    """What does not fit, how to mend it; `sure`: it is a fault even before harm is seen."""

    text: str
    cause: str
    chance: float
    remedy: str
    sure: bool


@dataclass(frozen=True, kw_only=True)
class OutputActivation(Weighed):
    """Asks the loss function what it expects and compares the function that makes the outputs.

    *Sees*
        Which form the loss has (found by asking it on drawn outputs, not by its name), and which
        function put out the model's last numbers.

    *Why it matters*
        A softmax before a loss that has one of its own squeezes the gradients and keeps the loss
        from going below 1.46 for ten classes; a softmax over one output is always 1; a rectifier
        before a logarithm is a logarithm of 0. None of these raises an error.

    *When it is wrong*
        A squared error on one-hot labels trains, slowly: it is a warning only where the run stays
        behind. A loss of an unknown form is not judged.

    *What to do*
        Logits into cross entropy, no activation; probabilities only into a loss that takes them.

    *Sources*
        Humbatova et al. 2020, "Taxonomy of real faults in deep learning systems" (wrong
        activation of the output layer, wrong loss); Schoop et al. 2021, UMLAUT, "missing softmax".
    """

    def judge(self, history: History) -> Verdict:
        facts = history.facts
        if facts.loss_on is None or facts.loss is None or facts.kinds is None:
            return self.skip("The form of the loss is not known.")
        misfit = _misfit(history)
        if misfit is None:
            return self.fine(history, "The outputs are what the loss expects.", **_form(history))
        severity = Severity.WARNING if misfit.sure else by_merit(history)
        summary = f"{misfit.text}; {said(history)}." if not misfit.sure else f"{misfit.text}."
        causes = {misfit.cause: misfit.chance}
        return self.say(history, severity, summary, Remedy(misfit.remedy), causes, **_form(history))


def _misfit(history: History) -> Misfit | None:
    facts = history.facts
    function, loss, on = facts.output_activation, facts.loss or "", facts.loss_on
    if function == "softmax" and facts.outputs == 1:
        text = "A softmax over one output is always 1"
        return Misfit(text, "output_activation_mismatch", 0.95, SIGMOID, sure=True)
    if on == "logits" and function in UNIT:
        return _twice(function, loss)
    if on == "squashed":
        return _twice("softmax" if loss == "cross_entropy" else "sigmoid", loss)
    if on == "log_probabilities" and function != "log_softmax":
        text = f"{_named(loss)} takes log probabilities; the outputs are not"
        mend = "Use log_softmax, or cross entropy on logits."
        return Misfit(text, "output_activation_mismatch", 0.9, mend, sure=True)
    if on == "probabilities" and function not in UNIT:
        what = f"end in {function}" if function else "are not between 0 and 1"
        text = f"The outputs {what}, and {_named(loss)} takes probabilities"
        return Misfit(text, "output_activation_mismatch", 0.9, FIT, sure=function not in ONE_SIDED)
    if on == "logits" and function in ONE_SIDED:
        text = f"The outputs end in {function}, so logits cannot be negative"
        return Misfit(text, "output_activation_mismatch", 0.7, BARE, sure=False)
    if loss == "mse_onehot":
        text = "The loss is the mean squared error to one-hot labels"
        blind = not any(by_layer(history, "gradient_norm").values())
        chance = 0.4 if blind or harm(history) is Harm.BROKEN else 0.85
        return Misfit(text, "loss_function_mismatch", chance, USE_CROSS_ENTROPY, sure=False)
    return _wrong_task(history)


def _wrong_task(history: History) -> Misfit | None:
    """Values where there are classes: squares of label numbers, classes of values."""
    facts = history.facts
    shares = by_layer(history, "class_share")
    if facts.output_activation in ONE_SIDED and facts.loss == "mse_loss":
        text = f"The outputs end in {facts.output_activation}, and values may need all numbers"
        return Misfit(text, "output_activation_mismatch", 0.35, BARE, sure=False)
    if len(shares) > 1 and facts.loss in ("mse_loss", "l1_loss"):
        text = "Class labels are learned as if they were values"
        return Misfit(text, "loss_function_mismatch", 0.85, USE_CROSS_ENTROPY, sure=False)
    return None


def _twice(function: str, loss: str) -> Misfit:
    text = f"The outputs end in {function}, and {_named(loss)} takes logits: it has one of its own"
    cause = "double_softmax" if function == "softmax" else "output_activation_mismatch"
    return Misfit(text, cause, 0.93, BARE, sure=True)


def _form(history: History) -> dict[str, Any]:
    facts = history.facts
    return {
        "loss": facts.loss,
        "loss_on": facts.loss_on,
        "output_activation": facts.output_activation,
        "outputs": facts.outputs,
    }


def _named(loss: str) -> str:
    return NAMES.get(loss, loss)


SIGMOID = "Use a sigmoid for two classes, a linear output for values, two or more for a softmax."
FIT = "Put a sigmoid (two classes) or softmax (more) at the end, or use the loss on logits."
BARE = "Take the last activation away."
USE_CROSS_ENTROPY = "Use cross entropy on logits."
