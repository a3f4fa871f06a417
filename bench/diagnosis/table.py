"""The result as text: rates beside each other, then a line for each run."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.diagnosis.scoring import Judged, met, totals

RIGHT, WRONG = "●", "■"
RATES = {
    "detection": "faults found",
    "cause": "first cause right (primary or accepted)",
    "primary": "first cause is the primary one",
    "cause_anywhere": "a right cause named at all",
    "never": "wrong cause (`never`) named first",
    "never_anywhere": "wrong cause (`never`) named at all",
    "false_alarms": "healthy runs accused",
    "early_alarms": "healthy runs warned of at any time",
    "warned": "`warn` runs with a warning, not fatal",
    "before_training": "faults known before the first step",
    "disturbed": "runs that watching changed",
}


def shown(runs: Mapping[str, Sequence[Judged]]) -> str:
    """`runs` by who watched; ours first."""
    found = {who: totals(judged) for who, judged in runs.items()}
    labels = [judged.label for judged in next(iter(runs.values()))]
    kinds = ", ".join(f"{labels.count(kind)} {kind}" for kind in dict.fromkeys(labels))
    lines = [f"{len(labels)} runs: {kinds}", f"{'':<42}" + "".join(f"{who:>20}" for who in found)]
    for name, words in RATES.items():
        lines.append(f"{words:<42}{_columns([_rate(name, each) for each in found.values()])}")
    delays = [each["delay"] for each in found.values()]
    lines.append(f"{'first warning, optimizer steps (median)':<42}" + _columns(delays))
    ours = next(iter(found.values()))
    seconds, share = ours["preflight_seconds"], ours["monitor_share"]
    lines.append(f"preflight {seconds['median']:.2f} s of one core (most {seconds['most']:.2f} s)")
    if share is not None:
        lines.append(f"Monitor {share:+.1%} of the plain loops' time")
    return "\n".join(lines)


def line(run: Judged) -> str:
    """One run: its label, what was said, what was expected."""
    said = run.said
    named = ", ".join(f"{cause} {sure:.2f}" for cause, sure in said.causes[:3]) or "–"
    expected = " or ".join(run.case.expect.right) or "–"
    never = f"; never {', '.join(run.case.expect.never)}" if run.case.expect.never else ""
    found = said.worst if said.found else "silent"
    return (
        f"{RIGHT if run.right else WRONG} {run.case.id:<34} {run.seed} {run.label:<8} {found:<8} "
        f"{named}" + ("" if run.right else f"   expected {expected}{never}")
    )


def _rate(name: str, found: Mapping[str, Any]) -> str:
    rate = found[name]
    if rate is None:
        return "–"
    aim = met(name, rate)
    sign = "" if aim is None else (f" {RIGHT}" if aim else f" {WRONG}")
    return f"{rate[0]:.1%} ({rate[1]}/{rate[2]}){sign}"


def _columns(values: Sequence[Any]) -> str:
    return "".join(f"{'–' if value is None else value:>20}" for value in values)
