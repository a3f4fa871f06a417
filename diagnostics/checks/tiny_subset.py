"""Whether twenty rows can be learned by heart: by the run's own optimizer, and by a reference."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import measured, said, starts_high
from diagnostics.tiny_subset import Rows, course, too_high, too_low
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_harm

FAR = 2.0  # × the baseline
BUG = Remedy(
    "Look at the model, its initialisation and the loss: no learning rate helps here. Equal inputs "
    "with unequal labels, or a very narrow layer, can be the reason too."
)


@dataclass(frozen=True, kw_only=True)
class TinySubset(Weighed):
    """Trains copies on twenty rows, with the run's optimizer and with a reference Adam.

    *Sees*
        The loss of both courses (500 and 1000 full batches, regularisation off), and of short ones
        at a tenth and at ten times the lr where only the own optimizer fails.

    *Why it matters*
        It tells apart what looks alike in training. What the reference cannot fit has a fault in
        model, loss or initialisation. What only the own optimizer cannot fit has a wrong lr or
        scale. Where both can and the run does not learn, look at data, labels, regularisation or
        the schedule.

    *When it is wrong*
        Rows that contradict each other cannot be learned by heart, and a long warm-up or a tiny
        model may need more steps: without harm to the run it is a note.

    *What to do*
        A bug hunt where the reference fails; another lr where only the own optimizer does.

    *Sources*
        CS231n, "Babysitting the learning process" (overfit a tiny subset); Karpathy 2019,
        "overfit one batch".
    """

    def judge(self, history: History) -> Verdict:
        own, reference = course(history, "own"), course(history, "reference")
        if reference is None:
            return self.skip("No training on twenty rows was recorded.")
        rows = words.count(int(measured(history, "tiny_rows") or 0), "row")
        found = {name: _told(course(history, name)) for name in ("own", "reference")}
        if not reference.passed:
            share = _left(reference)
            summary = f"The reference leaves {share} on {rows}; {said(history)}."
            causes = {"cannot_overfit_tiny_subset": 0.35}
            return self.say(history, by_harm(history), summary, BUG, causes, **found)
        if own is None or own.passed:
            return self.fine(history, f"{rows} are learned by heart.", **found)
        return self._own_only(history, own, rows, found)

    def _own_only(
        self, history: History, own: Rows, rows: str, found: Mapping[str, object]
    ) -> Verdict:
        lr, side = history.facts.lr, ""
        causes: dict[str, float] = {}
        remedy = Remedy("Try another lr: ten times lower, then ten times higher.")
        if too_low(history):
            side, causes = "; ten times the lr gets further", {"lr_too_low": 0.4}
            remedy = _try("Raise", lr, 10)
        elif too_high(history):
            side, causes = (
                "; a tenth of the lr gets further",
                {"lr_too_high": 0.2 if starts_high(history) else 0.4},
            )
            remedy = _try("Lower", lr, 0.1)
        share = _left(own)
        summary = f"A reference learns {rows} by heart, the run's optimizer leaves {share}{side}."
        return self.say(history, _mild(history), summary, remedy, causes, **found)


def _mild(history: History) -> Severity:
    """Many healthy runs need more than 500 steps: harm has to be there."""
    return by_harm(history) if history.epochs else Severity.NOTE


def _try(how: str, lr: float | None, factor: float) -> Remedy:
    if lr is None:
        return Remedy(f"{how} lr by ten.")
    other = words.rounded(lr * factor)
    return Remedy(f"{how} lr (try {words.setting(other)}).", {"optimizer.lr": other})


def _left(rows: Rows) -> str:
    """What is left of the baseline."""
    if not math.isfinite(rows.ended):
        return "a loss that is not finite"
    return (
        f"{words.percent(rows.ended)} of the loss" if rows.ended < FAR else "far more than before"
    )


def _told(rows: Rows | None) -> dict[str, object] | None:
    return None if rows is None else {"losses": list(rows.losses), "passed": rows.passed}
