"""All verdicts on a run, the worst first: as text for a terminal, as a page, as JSON."""

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnostics.causes import CAUSES
from diagnostics.diagnosis import UNKNOWN, Cause, diagnose
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
LIKELY = 0.5  # confidence below which a cause is merely possible
SUFFIXES = (".html", ".json")


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

    @property
    def headline(self) -> str:
        """`Not healthy after 10 epochs`, without its full stop."""
        when = f"after {count(self.epochs, 'epoch')}" if self.epochs else "before training"
        if not self._said:
            return f"Nothing judged {when}"
        return f"{'Healthy' if self.healthy else 'Not healthy'} {when}"

    @property
    def _said(self) -> int:
        return len(self.verdicts) - len(self.of_severity(Severity.SKIPPED))

    @property
    def reason(self) -> str:
        """The first cause with its confidence, what shows it and what to do, in sentences."""
        if self.healthy:
            if not self._said:
                return "Call preflight() before training, and epoch() after each epoch."
            return f"{count(self._said, 'check')} made, none of them worried."
        first = self.diagnosis[0] if self.diagnosis else Cause(UNKNOWN, 0.0, self.verdicts[:1])
        behind = first.verdicts or self.verdicts[:1]
        advice = next((v.remedy.text for v in behind if v.remedy), "")
        return " ".join(filter(None, (self._likely(first), behind[0].summary, advice)))

    @property
    def told(self) -> tuple[Verdict, ...]:
        """Notes and above, the worst first; among equals those behind the likeliest cause."""
        voices = [id(v) for cause in self.diagnosis for v in cause.verdicts]
        found = self.of_severity(Severity.FATAL, Severity.WARNING, Severity.NOTE)

        def order(verdict: Verdict) -> tuple[int, int]:
            known = id(verdict) in voices
            return -verdict.severity.rank, voices.index(id(verdict)) if known else len(voices)

        return tuple(sorted(found, key=order))

    def of_severity(self, *severities: Severity) -> tuple[Verdict, ...]:
        """The verdicts of these, in the report's order."""
        return tuple(v for v in self.verdicts if v.severity in severities)

    def to_dict(self) -> dict[str, Any]:
        """JSON form, without the history; numbers that are not finite are None."""
        said: dict[str, Any] = _plain(
            {
                "healthy": self.healthy,
                "epochs": self.epochs,
                "diagnosis": [cause.to_dict() for cause in self.diagnosis],
                "verdicts": [v.to_dict() for v in self.verdicts],
            }
        )
        return said

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `run.html`, a page that needs nothing beside it, or `run.json`; returns the path.

        The JSON is `to_dict()` and, under `history`, what `History.from_dict` reads: it can be
        judged again. Raises ValueError for another ending, OSError where the file cannot be
        written.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in SUFFIXES:
            raise ValueError(f"a report is saved as {' or '.join(SUFFIXES)}; {target.name!r}")
        if ending == ".json":
            whole = self.to_dict() | {"history": _plain(self.history.to_dict())}
            text = json.dumps(whole, indent=1, allow_nan=False) + "\n"
        else:
            from diagnostics.page import document  # its texts are needed by no training loop

            text = document(self)
        target.write_text(text, encoding="utf-8", errors="replace")
        return target

    def __str__(self) -> str:
        parts = ([f"{self.headline}. {self.reason}"], self._causes(), self._table(), self._rest())
        return "\n\n".join("\n".join(lines) for lines in parts if lines)

    def _likely(self, first: Cause) -> str:
        if first.cause == UNKNOWN:
            return "Cause unknown."
        kind = "Likely cause" if first.confidence >= LIKELY else "Possible cause"
        return f"{kind}: {_named(first)}."

    def _causes(self) -> list[str]:
        width = max((len(cause.cause) for cause in self.diagnosis), default=0)
        lines = [
            f"{cause.confidence:.2f}  {cause.cause:<{width}}  {meaning(cause)}. "
            f"Said by {', '.join(v.check for v in cause.verdicts)}."
            for cause in self.diagnosis
        ]
        return ["Causes, the likeliest first", *lines] if lines else []

    def _table(self) -> list[str]:
        width = max((len(v.check) for v in self.told), default=0)
        return [
            f"{SIGNS[v.severity]} {v.severity.value:<7}  {v.check:<{width}}  {v.summary}"
            for v in self.told
        ]

    def _rest(self) -> list[str]:
        passed, skipped = (
            len(self.of_severity(each)) for each in (Severity.PASS, Severity.SKIPPED)
        )
        if not passed and not skipped:
            return []
        said = f"{count(passed, 'check')} passed, {skipped} skipped"
        return [f'{said}; report.save("run.html") shows them all, with curves.']


def meaning(cause: Cause) -> str:
    """The cause as a sentence without its full stop; a worry that nothing explains is unknown."""
    explained = any(cause.cause in verdict.causes for verdict in cause.verdicts)
    if cause.cause == UNKNOWN and not explained:
        return "The cause is unknown"
    return CAUSES.get(cause.cause, cause.cause.replace("_", " "))


def _named(cause: Cause) -> str:
    words = meaning(cause)
    return f"{words[:1].lower()}{words[1:]} ({cause.confidence:.2f})"


def _plain(value: Any) -> Any:
    """The same for JSON: single numbers of other libraries as numbers, what has no form as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    try:
        return _plain(value.item())  # of NumPy's and torch's numbers
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return str(value)
