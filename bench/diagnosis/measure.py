"""Are the labels true? The runs without any watcher, each beside its healthy twin.

A fault has done harm where, by the means over the seeds, one of these holds: weights or loss are
not finite; the accuracy (or R²) on honest validation rows is lower by 0.05 than the twin's; the
training loss is higher by a tenth of the baseline loss; what the loop was told of its validation
is off the truth by 0.05, and the twin's is not; the last validation loss is a fifth above its
lowest, and the twin's is not. A healthy run has learned where its training loss is finite and at
most 0.8 of the baseline, or its accuracy 0.25 above the share of the commonest class.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from bench.diagnosis.grammar import Case
from bench.diagnosis.loop import Outcome

LESS_TRUE, MORE_LOSS, OFF, RISEN = 0.05, 0.1, 0.05, 1.2
LEARNED, ABOVE_CHANCE = 0.8, 0.25


def measured(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What a case file keeps: a number, or one for each seed; None where it was not finite."""
    kept = {
        "baseline_loss": _short(outcomes[0].baseline),
        "final_loss": [_short(each.train_loss) for each in outcomes],
        "train_score": [_short(each.train_score) for each in outcomes],
    }
    if outcomes[0].truth is not None:
        kept["val_score"] = [_short(each.truth) for each in outcomes]
    if _off(outcomes):
        kept["told"] = [_short(each.told) for each in outcomes]
    return kept


def harms(fault: Sequence[Outcome], twin: Sequence[Outcome]) -> list[str]:
    """In what a faulty run is worse than its twin; empty where it is not."""
    if not all(math.isfinite(each.train_loss) for each in fault):
        return ["not finite"]
    found = []
    if _worth(fault) <= _worth(twin) - LESS_TRUE:
        found.append(f"score {_worth(fault):.2f}, twin {_worth(twin):.2f}")
    if _share(fault) >= _share(twin) + MORE_LOSS:
        found.append(f"loss / baseline {_share(fault):.2f}, twin {_share(twin):.2f}")
    if _off(fault) >= OFF > _off(twin):
        found.append(f"told {_off(fault):.2f} off the truth")
    if _risen(fault) >= RISEN > _risen(twin):
        found.append(f"validation loss × {_risen(fault):.2f} its lowest, twin × {_risen(twin):.2f}")
    return found


def has_learned(outcomes: Sequence[Outcome]) -> bool:
    """Whether a healthy run deserves its label."""
    finite = all(math.isfinite(each.train_loss) for each in outcomes)
    chance = statistics.mean(each.chance for each in outcomes)
    return finite and (_share(outcomes) <= LEARNED or _worth(outcomes) >= chance + ABOVE_CHANCE)


def report(cases: Sequence[Case], outcomes: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """The line `measured` of each case, as its file keeps it, and why its label holds."""
    lines = []
    for case in cases:
        own = outcomes[case.id]
        seconds = statistics.mean(each.seconds for each in own)
        lines.append(f"{case.id}: # {case.label}, {seconds:.1f} s: {verdict(case, own, outcomes)}")
        lines.append(f"    measured: {_yaml(measured(own))}")
    return lines


def verdict(case: Case, own: Sequence[Outcome], others: Mapping[str, Sequence[Outcome]]) -> str:
    """In words, whether the label of a case holds; in capitals where it does not."""
    if case.label == "healthy":
        return "learned" if has_learned(own) else "NOT LEARNED"
    if case.twin is None:
        return "no twin to compare with"
    if case.twin not in others:
        return f"its twin {case.twin} was not run"
    return "; ".join(harms(own, others[case.twin])) or "NOT HARMED"


def _worth(outcomes: Sequence[Outcome]) -> float:
    """The score on honest validation rows; on training rows where there are none."""
    scores = [each.train_score if each.truth is None else each.truth for each in outcomes]
    return statistics.mean(max(score, -1.0) for score in scores)


def _share(outcomes: Sequence[Outcome]) -> float:
    return statistics.mean(each.train_loss / each.baseline for each in outcomes)


def _off(outcomes: Sequence[Outcome]) -> float:
    pairs = [(e.told, e.truth) for e in outcomes if e.told is not None and e.truth is not None]
    return statistics.mean([abs(told - truth) for told, truth in pairs] or [0.0])


def _risen(outcomes: Sequence[Outcome]) -> float:
    curves = [each.val_losses for each in outcomes if each.val_losses]
    return statistics.mean([curve[-1] / max(min(curve), 1e-9) for curve in curves] or [1.0])


def _short(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.3g}")


def _yaml(values: Mapping[str, Any]) -> str:
    def word(value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(word, value))}]"
        return "nan" if value is None else f"{value:g}"

    return "{" + ", ".join(f"{key}: {word(value)}" for key, value in values.items()) + "}"
