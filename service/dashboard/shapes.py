"""What people call a learning curve, as the run's own verdicts and diagnosis say: no rules of ours.

The names are those of CS231n's sketches of loss curves ("Babysitting the learning process").
"""

from collections.abc import Sequence
from dataclasses import dataclass

from diagnostics import History, Severity, Verdict
from diagnostics.checks.lr_decay_too_early import LATER
from diagnostics.checks.plateau import StepsDown
from diagnostics.diagnosis import LEAST
from diagnostics.outcome import Harm
from service.dashboard.figures.scene import Marked, Shape
from service.dashboard.views import Mark

OVERFITTING, TOO_HIGH, EARLY = "overfitting", "lr_too_high", "lr_decay_too_early"
LEARNS = "no_learning"  # the check that passes where a run learns
NAMES = {  # cause → what its curve is called
    TOO_HIGH: "lr too high",
    "loss_diverging": "diverging",
    "oscillating_loss": "lr high: the loss jumps about",
    "lr_too_low": "lr too low",
    EARLY: "step down too early",
    OVERFITTING: "overfitting gap",
    "undertrained": "still improving",
}
WITHOUT_CAUSE = {  # check that worries → the same
    "diverging": "diverging",
    "plateau": "plateau from a bad start",
    LEARNS: "nothing learned",
}
ON_CURVES = {"diverging", "plateau", LEARNS, TOO_HIGH, "lr_too_low", EARLY, OVERFITTING}
MOST_MARKS = 12
HAPPENED = ("since", "epoch")  # evidence that says when


@dataclass(frozen=True)
class Read:
    """What there is to name a curve by; `causes` the likeliest first."""

    history: History
    verdicts: Sequence[Verdict]
    causes: Sequence[str]

    def said(self, check: str) -> Verdict | None:
        """What a check says."""
        return next((v for v in self.verdicts if v.check == check), None)

    @property
    def worried(self) -> list[Verdict]:
        """Warnings and worse."""
        return [v for v in self.verdicts if v.severity.rank >= Severity.WARNING.rank]


def shapes(read: Read) -> tuple[Shape, ...]:
    """The likeliest name, and the gap of a run that overfits; `good lr` where nothing worries."""
    first = _by_cause(read) or _by_check(read) or _by_note(read)
    overfits = overfits_since(read)
    gap = None if overfits is None else Shape(NAMES[OVERFITTING], overfits)
    if first is None and gap is None and _learns(read):
        return (Shape("good lr"),)
    found = [shape for shape in (first, gap) if shape is not None]
    return tuple({shape.name: shape for shape in found}.values())


def overfits_since(read: Read) -> int | None:
    """The epoch of the best validation loss, where the check says that it has risen since."""
    said = read.said(OVERFITTING)
    if said is None or said.severity.rank < Severity.NOTE.rank:
        return None
    return _happened(said) if said.causes.get(OVERFITTING, 0.0) >= LEAST else None


def marks(verdicts: Sequence[Verdict]) -> tuple[Marked, ...]:
    """Warnings and worse, at the epoch that their evidence names or begins with."""
    worried = [v for v in verdicts if v.severity.rank >= Severity.WARNING.rank]
    worst = sorted(worried, key=lambda v: (-v.severity.rank, v.check))[:MOST_MARKS]
    return tuple(
        Marked(v.check, Mark(v.severity), v.summary, _happened(v) or max(1, v.first_epoch or 1))
        for v in worst
    )


def _by_cause(read: Read) -> Shape | None:
    cause = next((cause for cause in read.causes if cause in NAMES), None)
    return None if cause is None else Shape(_name(read, cause), _epoch(read, cause))


def _by_check(read: Read) -> Shape | None:
    worried = {v.check for v in read.worried}
    named = next((check for check in WITHOUT_CAUSE if check in worried), None)
    return None if named is None else Shape(WITHOUT_CAUSE[named])


def _by_note(read: Read) -> Shape | None:
    """A run that learned enough has no cause, but what a note advises is known as well."""
    notes = [v for v in read.verdicts if v.check in ON_CURVES and v.severity is Severity.NOTE]
    if any(v.remedy is not None and v.remedy.text == LATER.text for v in notes):
        return Shape(NAMES[EARLY], _epoch(read, EARLY))
    return Shape("plateau") if any(v.check == "plateau" for v in notes) else None


def _name(read: Read, cause: str) -> str:
    """An lr that only holds a run back is high; one that ruins it is too high."""
    said = read.said(TOO_HIGH)
    behind = said is not None and said.evidence.get("worst") == Harm.BEHIND.value
    return "lr high" if cause == TOO_HIGH and behind else NAMES[cause]


def _epoch(read: Read, cause: str) -> int | None:
    """When it shows: as the verdicts say that speak for it."""
    speaking = [v for v in read.verdicts if v.causes.get(cause, 0.0) > 0]
    told = next((epoch for v in speaking if (epoch := _happened(v)) is not None), None)
    if told is None and cause == EARLY:
        return next(iter(read.history.reader(StepsDown).epochs), None)
    return read.history.epochs if cause == "undertrained" else told


def _happened(verdict: Verdict) -> int | None:
    names = ("best_epoch",) if verdict.check == OVERFITTING else HAPPENED
    found = (verdict.evidence.get(name) for name in names)
    return next((epoch for epoch in found if type(epoch) is int and epoch > 0), None)


def _learns(read: Read) -> bool:
    said = read.said(LEARNS)
    odd = {v.check for v in read.verdicts if v.severity.rank >= Severity.NOTE.rank}
    learns = said is not None and said.severity is Severity.PASS
    return learns and not read.worried and not odd & ON_CURVES
