"""What the rounds of a case come to: medians, ratios, and whether the aims of issue 4 are met."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from bench.fusion.cases import Case

WHO = {
    "b0": "B0, Optuna and a loop over loaders",
    "b1": "B1, the best loop over one trial",
    "b2": "B2, B1 in a process per core",
    "compiled": "B2 with steps compiled whole",
    "ours": "Sitter, warm",
    "cold": "Sitter, processes started too",
}
MOST_REGRET = 0.03  # of a planner that is to be as fast as the best of B1 and B2
STANDARD_ERRORS = 3.0


def times(seconds: Mapping[str, Sequence[float]], trials: Mapping[str, int]) -> dict[str, Any]:
    """Milliseconds a trial, of the rounds' wall times by contender."""
    found = {}
    for who, rounds in seconds.items():
        each = [1000 * round_ / trials[who] for round_ in rounds]
        found[who] = {
            "trials": trials[who],
            "median_ms": round(statistics.median(each), 3),
            "minimum_ms": round(min(each), 3),
        }
    return found


def ratios(case: Case, found: Mapping[str, Any]) -> dict[str, Any]:
    """How many times faster ours is, by the medians; `met` None where nothing was aimed at."""
    medians = {who: row["median_ms"] for who, row in found.items()}
    best = min(("b1", "b2"), key=medians.__getitem__)
    over_b0 = medians["b0"] / medians["ours"]
    over_best = medians[best] / medians["ours"]
    told: dict[str, Any] = {
        "over_b0": _aimed(over_b0, case.aims.over_b0),
        "best": best,
        "over_best": _aimed(over_best, case.aims.over_best),
        "cold_over_b0": round(medians["b0"] / medians["cold"], 2),
        "cold_over_best": round(medians[best] / medians["cold"], 2),
    }
    if "compiled" in medians:
        told["over_compiled"] = round(medians["compiled"] / medians["ours"], 2)
    if case.aims.over_best == 1.0:
        regret = max(0.0, medians["ours"] / medians[best] - 1)
        told["regret"] = {
            "share": round(regret, 4), "at_most": MOST_REGRET, "met": regret <= MOST_REGRET,
        }  # fmt: skip
    return told


def learned(ours: Sequence[float | None], theirs: Sequence[float], judged: int) -> dict[str, Any]:
    """The best of the points that both have trained, and whether chance explains their distance.

    Two shares of `judged` samples: within three standard errors of their difference, and a sample.
    """
    best = max(value for value in ours[: len(theirs)] if value is not None)
    other = max(theirs)
    share = (best + other) / 2
    error = math.sqrt(2 * share * (1 - share) / judged)
    noise = STANDARD_ERRORS * error + 1 / judged
    return {
        "points": len(theirs),
        "ours": round(best, 4),
        "b1": round(other, 4),
        "noise": round(noise, 4),
        "alike": abs(best - other) <= noise,
    }


def shown(row: Mapping[str, Any]) -> str:
    """A case of the result file as lines of text."""
    lines = [
        f"{row['title']}, {row['epochs']} epochs, batches of {row['batch_size']}",
        f"  {'':<38} {'trials':>6} {'median ms':>11} {'minimum ms':>11}",
    ]
    for who, found in row["times"].items():
        ms = f"{found['median_ms']:>11.2f} {found['minimum_ms']:>11.2f}"
        lines.append(f"  {WHO[who]:<38} {found['trials']:>6} {ms}")
    told = row["ratios"]
    best = f"{told['best'].upper()}, the best of B1 and B2"
    lines += [
        f"  {_words(told['over_b0'])} B0",
        f"  {_words(told['over_best'])} {best}",
    ]
    if "regret" in told:
        met = "met" if told["regret"]["met"] else "MISSED"
        lines.append(f"  regret {told['regret']['share']:.1%}, at most {MOST_REGRET:.0%}: {met}")
    if "over_compiled" in told:
        lines.append(f"  {told['over_compiled']:.2f} × as fast as the compiled one")
    outcome = row["learned"]
    alike = "alike" if outcome["alike"] else "NOT ALIKE"
    lines += [
        f"  best accuracy {outcome['ours']:.4f}, B1's {outcome['b1']:.4f}: {alike}",
        *(f"  plan: {_plan(plan)}" for plan in row["plans"]),
    ]
    return "\n".join(lines)


def _aimed(times: float, aim: float | None) -> dict[str, Any]:
    met = None if aim is None else times >= aim
    return {"times": round(times, 2), "aim": aim, "met": met}


def _words(found: Mapping[str, Any]) -> str:
    aim = "" if found["aim"] is None else f" (aim {found['aim']:g}: {_met(found)})"
    return f"{found['times']:.2f} × as fast{aim} as"


def _met(found: Mapping[str, Any]) -> str:
    return "met" if found["met"] else "MISSED"


def _plan(plan: Mapping[str, Any]) -> str:
    return f"{plan['engine']}, {plan['width']} wide; {plan['reason']}"
