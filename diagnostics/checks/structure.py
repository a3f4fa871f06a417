"""Whether the layers are put together so that they can learn."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.gradient_flow import starved
from diagnostics.history import History
from diagnostics.kinds import ACTIVATIONS, WEIGHTED
from diagnostics.outcome import Harm, by_layer, harm, possible, said
from diagnostics.tiny_subset import course
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed, by_lag, by_merit

BETWEEN = Remedy("Put an activation (ReLU) between the layers: without one they are a single one.")
INNER = Remedy("Use ReLU between the layers; a softmax belongs to the end, if anywhere.")
WIDER = Remedy("Make the layers wider: the narrowest decides what can pass.")


@dataclass(frozen=True, kw_only=True)
class Structure(Weighed):
    """Looks for a softmax between layers, layers without activation, and layers too narrow.

    *Sees*
        The layers and activations in the order in which they ran, and whether the reference
        optimizer could learn twenty rows.

    *Why it matters*
        A softmax in the middle lets its units share a sum of 1, and its gradient is tiny. Layers
        without an activation between them are one linear layer. Both run without an error.

    *When it is wrong*
        A linear network is enough for linear data, and attention has a softmax in the middle by
        design: only harm makes a warning.

    *What to do*
        ReLU between the layers; wider layers where twenty rows cannot be learned.

    *Sources*
        Nikanjam et al. 2022, "TheDeepChecker"; Schoop et al. 2021, "UMLAUT". Deep linear networks:
        Saxe, McClelland & Ganguli 2014.
    """

    narrow: int = 3  # units of the narrowest layer

    def __post_init__(self) -> None:
        if not self.narrow >= 1:
            raise ValueError(f"narrow must be at least 1; it is {self.narrow}")

    def judge(self, history: History) -> Verdict:
        kinds = history.facts.kinds
        if not kinds:
            return self.skip("The layers of the model are not known.")
        return (
            self._softmax(history)
            or self._linear(history, kinds)
            or self._small(history)
            or self.fine(history, "The layers and their activations go together.")
        )

    def _softmax(self, history: History) -> Verdict | None:
        inside = list(by_layer(history, "softmax_inside"))
        if not inside:
            return None
        summary = f"A softmax ({words.listed(inside)}) stands between layers; {said(history)}."
        causes = {"hidden_softmax": 0.92}
        return self.say(history, by_merit(history), summary, INNER, causes, layers=inside)

    def _linear(self, history: History, kinds: dict[str, str]) -> Verdict | None:
        order = list(kinds.values())
        if history.facts.output_activation is not None:
            order = order[:-1]
        layers = sum(kind in WEIGHTED for kind in order)
        if layers < 2 or any(kind in ACTIVATIONS or kind not in WEIGHTED for kind in order):
            return None
        summary = f"The {layers} layers have no activation between them; {said(history)}."
        causes = {"missing_nonlinearity": 0.8 if harm(history) is not Harm.BROKEN else 0.4}
        return self.say(history, by_lag(history), summary, BETWEEN, causes, layers=layers)

    def _small(self, history: History) -> Verdict | None:
        reference = course(history, "reference")
        worried = harm(history) in (Harm.FAILED, Harm.BEHIND)
        if reference is None or reference.passed or not worried or possible(history) is None:
            return None
        if starved(history):
            return None
        parameters = history.facts.parameters
        summary = f"Even twenty rows are not learned by this model; {said(history)}."
        narrow = (history.facts.narrowest or self.narrow + 1) <= self.narrow
        causes = {"capacity_too_low": 0.58 if narrow else 0.4, "cannot_overfit_tiny_subset": 0.3}
        return self.say(history, by_lag(history), summary, WIDER, causes, parameters=parameters)
