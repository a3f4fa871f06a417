"""Checks whose severity is what harm the run has come to, whatever the oddity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from diagnostics.check import Check
from diagnostics.history import History
from diagnostics.outcome import (
    does_well,
    evidence,
    had_a_chance,
    harm,
    lags,
    measured,
    nearly_over,
)
from diagnostics.tiny_subset import course
from diagnostics.verdict import Remedy, Severity, Verdict

HOPELESS = 0.7  # share of the baseline that the reference leaves where something is broken


@dataclass(frozen=True, kw_only=True)
class Weighed(Check):
    """Abstract: its verdicts carry the numbers of the run's outcome beside the check's own."""

    seldom: ClassVar[bool] = True

    def say(
        self,
        history: History,
        severity: Severity,
        summary: str,
        remedy: Remedy | None = None,
        causes: Mapping[str, float] | None = None,
        **found: Any,
    ) -> Verdict:
        """A verdict over all epochs so far; `found` is the check's own evidence."""
        return self.verdict(
            severity,
            summary,
            evidence=found | evidence(history),
            remedy=remedy,
            epochs=(0, history.epochs),
            causes=causes,
        )

    def note(self, history: History, summary: str, remedy: Remedy, **found: Any) -> Verdict:
        """A note that speaks for no cause: worth knowing, whatever else is wrong."""
        return self.say(history, Severity.NOTE, summary, remedy, **found)

    def fine(self, history: History, summary: str, **found: Any) -> Verdict:
        """`pass`."""
        return self.say(history, Severity.PASS, summary, **found)


def doubtful(history: History) -> bool:
    """Harm has come, or is to be expected: even the reference cannot learn twenty rows."""
    if harm(history) is not None:
        return True
    reference = course(history, "reference")
    if had_a_chance(history) or reference is None:
        return False
    return not reference.passed and not reference.ended < HOPELESS


def by_harm(history: History) -> Severity:
    """Of an oddity: a warning where it does harm, a note where it does none."""
    return Severity.WARNING if doubtful(history) else Severity.NOTE


def by_lag(history: History) -> Severity:
    """The same of an oddity that by itself explains why a run stays somewhat behind."""
    return Severity.WARNING if doubtful(history) or lags(history) else Severity.NOTE


def by_merit(history: History) -> Severity:
    """The same of what is a fault in itself: forgiven only where the run does well in the end."""
    ended = nearly_over(history) and history.epochs > 0
    poor = ended and not does_well(history)
    return Severity.WARNING if poor or by_lag(history) is Severity.WARNING else Severity.NOTE


def all_measured(history: History, *names: str) -> dict[str, float | None]:
    """Scalar signals of epoch 0, for the evidence."""
    return {name: measured(history, name) for name in names}
