"""The causes of one run, ranked: what all verdicts together speak for."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from diagnostics.verdict import Severity, Verdict

LEAST = 0.25  # confidence below which a cause is not named
MOST = 5  # causes named
UNKNOWN = "no_learning"
SURE = 0.85  # confidence from which a fault that was seen itself explains what follows from it
REST = 0.4  # of a symptom's confidence that is left then
SYMPTOMS = frozenset(  # what most other causes look like
    {
        "vanishing_gradient",
        "exploding_gradient",
        "no_gradient",
        "dead_relu",
        "saturation",
        "non_finite",
        "loss_diverging",
        "oscillating_loss",
        "lr_too_high",
        "lr_too_low",
        "undertrained",
        "no_learning",
        "label_corruption",
        "capacity_too_low",
        "cannot_overfit_tiny_subset",
        "bad_initial_loss",
    }
)


class Cause(NamedTuple):
    """One of diagnostics.causes.CAUSES, how likely it is (0 to 1), and the verdicts behind it."""

    cause: str
    confidence: float
    verdicts: tuple[Verdict, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form; the verdicts by the names of their checks."""
        return {
            "cause": self.cause,
            "confidence": round(self.confidence, 3),
            "checks": [verdict.check for verdict in self.verdicts],
        }


def diagnose(verdicts: Iterable[Verdict]) -> tuple[Cause, ...]:
    """The causes, the likeliest first; none for a run without a warning.

    Verdicts that speak for the same cause are taken as independent (noisy or): 1 − Π (1 − p).
    A fault that was seen itself takes most of their weight from the symptoms that it explains.
    Only where no other cause is likely, that is said: `no_learning`, with the verdicts that worry.
    """
    said = list(verdicts)
    worried = [v for v in said if v.severity.rank >= Severity.WARNING.rank]
    if not worried:
        return ()
    found = sorted(_explained(_causes(said)), key=lambda cause: -cause.confidence)
    named = [cause for cause in found if cause.confidence >= LEAST]
    known = [cause for cause in named if cause.cause != UNKNOWN]
    named = (known or named)[:MOST]
    return tuple(named) or (Cause(UNKNOWN, LEAST, tuple(worried)),)


def _explained(causes: list[Cause]) -> list[Cause]:
    roots = [cause for cause in causes if cause.cause not in SYMPTOMS]
    if max((cause.confidence for cause in roots), default=0.0) < SURE:
        return causes
    weaker = [cause._replace(confidence=REST * cause.confidence) for cause in causes]
    return [
        weak if weak.cause in SYMPTOMS else cause
        for weak, cause in zip(weaker, causes, strict=True)
    ]


def _causes(verdicts: list[Verdict]) -> list[Cause]:
    names = dict.fromkeys(name for verdict in verdicts for name in verdict.causes)
    return [_cause(name, [v for v in verdicts if name in v.causes]) for name in names]


def _cause(name: str, verdicts: list[Verdict]) -> Cause:
    doubt = math.prod(1 - verdict.causes[name] for verdict in verdicts)
    strongest = sorted(verdicts, key=lambda verdict: -verdict.causes[name])
    return Cause(name, 1 - doubt, tuple(strongest))
