"""All verdicts on a run, the worst first, and the same as plain text for a terminal."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from diagnostics.diagnosis import Cause, diagnose
from diagnostics.history import History
from diagnostics.verdict import Severity, Verdict
from diagnostics.words import count

# LOOK.md: each severity has a shape of its own, so that it reads without colour.
SIGNS = {
    Severity.PASS: "●",
    Severity.NOTE: "◆",
    Severity.WARNING: "▲",
    Severity.FATAL: "■",
    Severity.SKIPPED: "–",
}


@dataclass(frozen=True)
class Report:
    """The verdicts after `epochs` epochs, sorted by harm; `str(report)` is for a terminal.

    `diagnosis` are the causes of what is wrong, the likeliest first; `history` is what was judged.
    """

    verdicts: tuple[Verdict, ...]
    epochs: int
    diagnosis: tuple[Cause, ...] = ()
    history: History = field(default_factory=History, repr=False, compare=False)

    @classmethod
    def of(
        cls, verdicts: Iterable[Verdict], epochs: int, history: History | None = None
    ) -> "Report":
        """Sorted by harm, the worst first; among equals the order given."""
        by_harm = tuple(sorted(verdicts, key=lambda v: -v.severity.rank))
        return cls(by_harm, epochs, diagnose(by_harm), history or History())

    @property
    def healthy(self) -> bool:
        """Whether nothing is at `warning` or above."""
        return all(v.severity.rank < Severity.WARNING.rank for v in self.verdicts)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "healthy": self.healthy,
            "epochs": self.epochs,
            "diagnosis": [cause.to_dict() for cause in self.diagnosis],
            "verdicts": [v.to_dict() for v in self.verdicts],
        }

    def __str__(self) -> str:
        return "\n".join([self._answer(), "", *self._table()]).rstrip()

    def _answer(self) -> str:
        after = f"after {count(self.epochs, 'epoch')}"
        if self.healthy:
            said = sum(v.severity is not Severity.SKIPPED for v in self.verdicts)
            return f"Healthy {after}: {count(said, 'check')} made, none of them worried."
        worst = self.verdicts[0]
        advice = f" {worst.remedy.text}" if worst.remedy else ""
        return f"Not healthy {after}. {worst.summary}{advice}"

    def _table(self) -> list[str]:
        width = max((len(v.check) for v in self.verdicts), default=0)
        return [
            f"{SIGNS[v.severity]} {v.severity.value:<7}  {v.check:<{width}}  {v.summary}"
            for v in self.verdicts
        ]
