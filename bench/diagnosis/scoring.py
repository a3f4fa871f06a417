"""What a run comes to against what was expected, and what all runs come to together."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.diagnosis.grammar import Case
from bench.diagnosis.loop import Outcome

HARMED = 0.97  # of the baseline loss, from the files' rule for labels that depend on the seed
AIMS = {  # issue 5
    "detection": (0.97, "least"),
    "cause": (0.85, "least"),
    "never": (0.0, "most"),
    "false_alarms": (0.02, "most"),
}


@dataclass(frozen=True)
class Said:
    """What somebody said of a run. `causes` are ranked, with how sure they are (0 to 1).

    `worst` is the worst severity; `first` the optimizer step at which the first warning was known,
    `early` the checks that warned at any time.
    """

    worst: str
    causes: tuple[tuple[str, float], ...] = ()
    checks: tuple[str, ...] = ()
    first: int | None = None
    early: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether anything was said at warning or above, or a cause was named."""
        return self.worst in ("warning", "fatal") or bool(self.causes)

    @property
    def named(self) -> str | None:
        """The first cause."""
        return self.causes[0][0] if self.causes else None


@dataclass(frozen=True)
class Judged:
    """One run: its label, decided where it depends on the seed, and what was said."""

    case: Case
    seed: int
    label: str
    outcome: Outcome
    said: Said
    plain_seconds: float = 0.0
    preflight_seconds: float = 0.0
    disturbed: bool = False

    @property
    def right(self) -> bool:
        """Whether what was said is what was expected."""
        if self.label == "healthy":
            return not self.said.found
        if self.label == "warn":
            return self.said.worst == "warning"
        never = any(cause in self.case.expect.never for cause, _ in self.said.causes)
        return self.said.found and not never and self.named_right

    @property
    def named_right(self) -> bool:
        """Whether the first cause is the primary or one that is accepted."""
        return self.said.named in self.case.expect.right

    def to_dict(self) -> dict[str, Any]:
        """For the result file."""
        said, outcome = self.said, self.outcome
        return {
            "id": self.case.id,
            "seed": self.seed,
            "label": self.label,
            "right": self.right,
            "worst": said.worst,
            "causes": [list(cause) for cause in said.causes],
            "expected": list(self.case.expect.right),
            "checks": list(said.checks),
            "early": [check for check in said.early if check not in said.checks],
            "first": said.first,
            "loss": [_finite(outcome.train_loss), _finite(outcome.baseline)],
            "seconds": [round(self.plain_seconds, 2), round(outcome.seconds, 2)],
        }


def label_of(case: Case, outcome: Outcome) -> str:
    """As given, or by the rule of the files for `per_seed`."""
    if case.label != "per_seed":
        return case.label
    loss = outcome.train_loss
    faulty = not math.isfinite(loss) or loss >= HARMED * outcome.baseline
    return "faulty" if faulty else "healthy"


def totals(runs: Sequence[Judged]) -> dict[str, Any]:
    """Rates over runs, each with what it counts: `[rate, hits, of]`; None of no runs."""
    faulty = [run for run in runs if run.label == "faulty"]
    expected = [run for run in faulty if run.case.expect.right]
    healthy = [run for run in runs if run.label == "healthy"]
    warned = [run for run in runs if run.label == "warn"]
    delays = sorted(run.said.first for run in faulty if run.said.first is not None)
    plain = sum(run.plain_seconds for run in runs)
    return {
        "detection": rate(faulty, lambda run: run.said.found),
        "cause": rate(expected, lambda run: run.named_right),
        "primary": rate(expected, lambda run: run.said.named == run.case.expect.primary),
        "cause_anywhere": rate(expected, _right_anywhere),
        "never": rate(faulty, lambda run: run.said.named in run.case.expect.never),
        "never_anywhere": rate(faulty, _never_anywhere),
        "false_alarms": rate(healthy, lambda run: run.said.found),
        "early_alarms": rate(healthy, lambda run: bool(run.said.early)),
        "warned": rate(warned, lambda run: run.said.worst == "warning"),
        "delay": None if not delays else delays[len(delays) // 2],
        "before_training": rate(faulty, lambda run: run.said.first == 0),
        "preflight_seconds": _longest([run.preflight_seconds for run in runs]),
        "monitor_share": _share(sum(run.outcome.seconds for run in runs) - plain, plain),
        "disturbed": rate(runs, lambda run: run.disturbed),
    }


def spoken(runs: Sequence[Judged]) -> dict[str, list[int]]:
    """Check or rule → in how many faulty and how many healthy runs it warned in the end."""
    found: dict[str, list[int]] = {}
    for run in runs:
        if run.label in ("faulty", "healthy"):
            for check in run.said.checks:
                found.setdefault(check, [0, 0])[run.label == "healthy"] += 1
    return dict(sorted(found.items()))


def met(name: str, found: list[Any] | None) -> bool | None:
    """Whether an aim is met; None where there is none, or nothing to judge."""
    if name not in AIMS or found is None:
        return None
    bound, side = AIMS[name]
    return bool(found[0] >= bound if side == "least" else found[0] <= bound)


def rate(runs: Sequence[Judged], holds: Callable[[Judged], bool]) -> list[Any] | None:
    """The share of the runs for which it holds, how many those are, and of how many."""
    if not runs:
        return None
    hits = sum(holds(run) for run in runs)
    return [round(hits / len(runs), 4), hits, len(runs)]


def _right_anywhere(run: Judged) -> bool:
    return any(cause in run.case.expect.right for cause, _ in run.said.causes)


def _never_anywhere(run: Judged) -> bool:
    return any(cause in run.case.expect.never for cause, _ in run.said.causes)


def _longest(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds) or [0.0]
    middle = ordered[len(ordered) // 2]
    return {"median": round(middle, 3), "most": round(ordered[-1], 3)}


def _share(more: float, whole: float) -> float | None:
    return round(more / whole, 4) if whole else None


def _finite(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None
