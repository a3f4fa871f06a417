"""Whether the run learns anything, and what is left to suspect where nothing else speaks."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.learning_rate import LOW, bulk_ratios
from diagnostics.outcome import (
    FEWEST_STEPS,
    Harm,
    had_a_chance,
    harm,
    lags,
    measured,
    newest,
    possible,
    reached,
    said,
    steps_done,
    still_falling,
)
from diagnostics.tiny_subset import course, learnable
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed
from diagnostics.weight_decay import collapsed, shrunk

SUSPECTS = Remedy(
    "Look at what the other checks note; then whether labels still belong to their inputs in the "
    "loop, at the scale of inputs and targets, the loss, the initialisation and the learning rate."
)
FEW_A_EPOCH = 2  # steps: the batch is the whole set, or half of it
SOME_TIMES = 3.0
WARNING = Severity.WARNING
LONGER = Remedy("Train longer, or raise the learning rate.")


@dataclass(frozen=True, kw_only=True)
class NoLearning(Weighed):
    """Holds the training loss against what is reached without the inputs, and against what is easy.

    *Sees*
        The training loss beside its baseline (class shares, mean or median of the targets); near
        the end also beside what ridge regression and nearest neighbours reach on a sample.

    *Why it matters*
        A run that knows nothing of its inputs has failed, whatever the reason and however smooth
        its curve. So it is never called healthy, even where no cause is found.

    *When it is wrong*
        A hard task may need more epochs before anything moves (a plateau at the start). Where the
        inputs hold no information nothing can be learned: then that is said.

    *What to do*
        See the causes that the other checks speak for. Where model, lr and gradients are sound,
        labels that do not belong to their inputs are the likeliest.

    *Sources*
        Karpathy 2019, "A recipe for training neural networks", "input-independent baseline".
    """

    little: float = 0.25  # share of what simple predictors reach: as good as nothing

    def __post_init__(self) -> None:
        if not 0 < self.little < 1:
            raise ValueError(f"little must be in (0, 1); it is {self.little}")

    def judge(self, history: History) -> Verdict:
        if not had_a_chance(history):
            return self.skip("Too few epochs to say whether it learns.")
        worst = harm(history)
        if worst is None and not lags(history):
            return self.fine(history, "The run learns.")
        summary = f"{words.sentence(said(history))}."
        unknown = {} if worst is Harm.BROKEN else {"no_learning": 0.28}
        causes = unknown | self._suspects(history, worst)
        late = worst in (Harm.BEHIND, None) and still_falling(history)
        remedy = LONGER if late else SUSPECTS
        severity = (
            WARNING if worst is not None and not self._learns(history, worst) else Severity.NOTE
        )
        return self.say(history, severity, summary, remedy, causes, **_numbers(history))

    def _learns(self, history: History, worst: Harm) -> bool:
        """Something: whether it could be more is for the checks that have a reason."""
        if worst is not Harm.BEHIND:
            return False
        could, did = possible(history), reached(history)
        return could is not None and did is not None and did > self.little * could

    def _suspects(self, history: History, worst: Harm | None) -> dict[str, float]:
        if worst is Harm.BROKEN:
            return {}
        found: dict[str, float] = {}
        if worst in (Harm.BEHIND, None) and still_falling(history):
            found["undertrained"] = 0.5
            if (curve(history, "steps").newest or 0) <= FEW_A_EPOCH:
                found["batch_size_too_large"] = 0.6
        if worst is Harm.FAILED and _short(history):
            found["undertrained"] = 0.6
            if (curve(history, "steps").newest or 0) <= FEW_A_EPOCH and history.epochs > 3:
                found["batch_size_too_large"] = 0.65
        elif worst is Harm.FAILED and _sound(history):
            found["label_corruption"] = 0.7
            found["input_independent"] = 0.3
        return found


def _short(history: History) -> bool:
    """Hardly any steps, or fewer than twenty rows alone took, thrice over."""
    needed, done = measured(history, "tiny_own_steps"), steps_done(history)
    if done is not None and done < FEWEST_STEPS:
        return True
    own = course(history, "own")
    if needed is None or done is None or own is None or not own.passed:
        return False
    return done < SOME_TIMES * needed


def _sound(history: History) -> bool:
    """Twenty rows and their labels are learned, gradients arrive, and inputs tell of targets."""
    own, ratios = course(history, "own"), bulk_ratios(history)
    if own is None or not learnable(history) or possible(history) is None:
        return False
    if shrunk(history) or collapsed(history):
        return False
    alive = all(share < 0.99 for share in newest(history, "dead_units").values())
    return alive and bool(ratios) and max(ratios.values()) > LOW


def _numbers(history: History) -> dict[str, float | None]:
    return {"reached": reached(history), "predictability": measured(history, "predictability")}
