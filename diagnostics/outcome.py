"""How a run is doing, beside what was possible: the measure of harm for every check.

The baseline is the loss of the best prediction that ignores the inputs. A run that does not get
below it has learned nothing, whatever its loss looks like.
"""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from diagnostics.curves import always_finite, curve, finite_number
from diagnostics.history import History
from diagnostics.progress import batch_share, ceiling_loss, floor_loss, multiple, reference_loss
from diagnostics.reading import Reader, derived
from diagnostics.words import loss as in_loss
from diagnostics.words import percent

FAILED = 0.97  # × the baseline: no better than without the inputs
FAR = 3.0  # × the loss of an untrained model, and of the baseline: it has run away
SIGNIFICANT = 5.0  # standard errors by which simple predictors must beat chance
WORTH = 0.3  # share that simple predictors must gain before a run is held against them
BEHIND = 0.5  # share of theirs that a run must reach
WELL = 0.8  # share of the baseline gone: whatever is odd does no harm
HARDLY = 0.15  # share of the baseline gone, in a run that has only begun to learn
LAGGING = 0.2  # share by which it stays behind them: harm enough where an oddity explains it
PREDICTABLE = 0.7  # share that simple predictors gain on rows that are much like each other
FEWEST_EPOCHS = 3  # before a run is said to learn nothing
FEWEST_STEPS = 30
FEWEST_SHARE = 0.2  # of all steps: healthy runs may stand still for a while at first
AN_END = 0.9  # share of all steps from which a run is held against what is possible
HIGH_START = 5.0  # × the loss of outputs that say nothing
LONG = 10  # the same in epochs, where the number of steps is not known
FALLING = 0.01  # relative fall over the last fifth of the epochs: it is still improving


class Harm(StrEnum):
    """What has become of a run, the worst first."""

    BROKEN = "broken"  # not finite, or far above an untrained model
    FAILED = "failed"  # no better than without the inputs
    BEHIND = "behind"  # far from what simple predictors reach on the same data


def measured(history: History, name: str) -> float | None:
    """A scalar signal of epoch 0, None where it is not there or not finite."""
    return finite_number(history.rows.get(0, {}).get(name))


def by_layer(history: History, name: str, epoch: int = 0) -> dict[str, float]:
    """A per-layer signal of an epoch, without what is not finite."""
    return numbers(history.rows.get(epoch, {}).get(name))


def numbers(value: Any) -> dict[str, float]:
    """The finite ones of a per-layer signal."""
    pairs = value.items() if isinstance(value, Mapping) else ()
    return {key: float(v) for key, v in pairs if v is not None and math.isfinite(v)}


class Newest(Reader):
    """The latest `values` of a per-layer signal."""

    def __init__(self, signal: str) -> None:
        self.values: dict[str, float] = {}
        self._signal = signal

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        if isinstance(row.get(self._signal), Mapping):
            self.values = numbers(row[self._signal])


def newest(history: History, signal: str) -> dict[str, float]:
    """Layer → the latest value, epoch 0 included."""
    return history.reader(Newest, signal).values


def baseline(history: History) -> float | None:
    """The loss without inputs, as measured by preflight, else by class shares or log C.

    None where it is not above 0.
    """
    found = measured(history, "baseline_loss")
    if found is not None:
        whole = found * batch_share(history)
        return whole if whole > 0 else None
    entropy = measured(history, "prior_entropy")
    return multiple(history.facts) * entropy if entropy else reference_loss(history)


@derived
def gain(history: History) -> float | None:
    """Share of the baseline that the newest epoch has taken away; 1 is a perfect fit.

    Below 0 where the loss is above the baseline.
    """
    return _share(history, curve(history, "train_loss").newest)


@derived
def best_gain(history: History) -> float | None:
    """The same of the best epoch."""
    return _share(history, curve(history, "train_loss").lowest)


def _share(history: History, loss: float) -> float | None:
    base = baseline(history)
    if base is None or math.isnan(loss):
        return None
    above = base - floor_loss(history.facts) * batch_share(history)
    return (base - loss) / (above if above > 0 else base)


@derived
def possible(history: History) -> float | None:
    """The share that simple predictors gain; None where that is not known to be worth much."""
    share, sure = measured(history, "predictability"), measured(history, "predictability_z")
    if share is None or sure is None or sure < SIGNIFICANT:
        return None
    return share if share > WORTH else None


@derived
def reached(history: History) -> float | None:
    """The run's own share on the training set, in the measure of `possible`."""
    accuracies = curve(history, "train_accuracy")
    shares = by_layer(history, "class_share")
    if accuracies.values and shares and max(shares.values()) < 1:
        chance = max(shares.values())
        share = (max(accuracies.values.values()) - chance) / (1 - chance)
        return max(share, best_gain(history) or share)  # weighted losses give up hits on purpose
    found = best_gain(history)
    return None if found is None else _of_squares(history, found)


def _of_squares(history: History, share: float) -> float:
    """A share of absolute errors as one of their squares; any other as it is."""
    if history.facts.loss not in ("l1_loss", "smooth_l1_loss"):
        return share
    return 1 - (1 - min(max(share, -1.0), 1.0)) ** 2


@derived
def harm(history: History) -> Harm | None:
    """None for a run that does well, and for one that is too short to tell."""
    if history.epochs == 0:
        return None
    if not always_finite(history, "train_loss") or _ran_away(history):
        return Harm.BROKEN
    now = gain(history)
    if now is None or not had_a_chance(history):
        return None
    if now < 1 - FAILED:
        return Harm.FAILED
    could, did = possible(history), reached(history)
    if did is None or not nearly_over(history):
        return None
    slow = could is None and did < HARDLY and still_falling(history)
    behind = could is not None and did < BEHIND * could
    return Harm.BEHIND if slow or behind else None


@derived
def lags(history: History) -> bool:
    """Whether the run is harmed, or stays well behind simple predictors."""
    could, did = possible(history), reached(history)
    if harm(history) is not None or could is None or did is None:
        return harm(history) is not None
    if not nearly_over(history):
        return False
    return did < could - LAGGING or _validates_poorly(history, could)


def _validates_poorly(history: History, could: float) -> bool:
    """Worse on the validation set than simple predictors are on rows they have not seen."""
    if history.facts.task == "regression":
        validated = _share(history, curve(history, "val_loss").lowest)
        return validated is not None and _of_squares(history, validated) < could - LAGGING
    scores, shares = curve(history, "val_accuracy"), by_layer(history, "class_share")
    if not scores.values or not shares or max(shares.values()) >= 1:
        return False
    chance = max(shares.values())
    best = max(scores.values.values())
    return (best - chance) / (1 - chance) < could - LAGGING / 2


@derived
def other_data(history: History) -> bool:
    """The validation loss never got below the baseline, though simple predictors do well on rows of
    the training set that they have not seen: validation data are not of the same kind.
    """
    losses, base = curve(history, "val_loss"), baseline(history)
    if base is None or not losses.values or (possible(history) or 0.0) < PREDICTABLE:
        return False
    return losses.lowest > base


def _ran_away(history: History) -> bool:
    losses, ceiling, base = curve(history, "train_loss"), ceiling_loss(history), baseline(history)
    if ceiling is None or base is None or not losses.values or not had_a_chance(history):
        return False
    return losses.newest > FAR * max(ceiling, base)


def had_a_chance(history: History) -> bool:
    """Enough epochs and steps, or the whole run, before anything is said of what was learned."""
    done, total = steps_done(history), history.facts.total_steps
    if done is None:
        return history.epochs >= FEWEST_EPOCHS
    if total is not None and done >= total:
        return True
    needed = max(FEWEST_STEPS, FEWEST_SHARE * (total or 0))
    return history.epochs >= FEWEST_EPOCHS and done >= needed


def nearly_over(history: History) -> bool:
    """Whether a run is near its end, as far as that is known."""
    total, done = history.facts.total_steps, steps_done(history)
    if total is not None and done is not None:
        return done >= AN_END * total
    if history.facts.epochs is not None:
        return history.epochs >= AN_END * history.facts.epochs
    return history.epochs >= LONG


def steps_done(history: History) -> float | None:
    """Optimizer steps so far; None where they were not counted."""
    counted = curve(history, "steps").values
    return sum(counted.values()) if counted else None


@derived
def still_falling(history: History) -> bool:
    """Whether the last fifth of the epochs (three or more) lowered the training loss further."""
    values = list(curve(history, "train_loss").values.values())
    width = max(3, len(values) // 5)
    if len(values) < width + 1:
        return False
    before, last = values[-width - 1], values[-width:]
    measure = min(abs(before), abs(baseline(history) or before))
    return before - min(last) > FALLING * measure and last[-1] < before


def lost_at_once(history: History) -> bool:
    """Whether the loss of the very first step was not finite: no update had been made."""
    row = history.rows.get(1, {})
    step = finite_number(row.get("non_finite_step"))
    first = row.get("loss_first", 0.0)
    start = history.rows.get(0, {}).get("initial_loss", 0.0)
    return step in (None, 1.0) and any(finite_number(loss) is None for loss in (first, start))


def starts_high(history: History) -> bool:
    """Whether the loss begins far above that of outputs that say nothing.

    Taken over other draws of the same scale, where there are any: one may be bad luck.
    """
    first = measured(history, "redrawn_loss") or measured(history, "initial_loss")
    blank = measured(history, "blank_loss")
    return first is not None and blank is not None and blank > 0 and first > HIGH_START * blank


@derived
def does_well(history: History) -> bool:
    """Most of the baseline is gone."""
    return (best_gain(history) or 0.0) > WELL


def said(history: History) -> str:
    """The harm in words, as the end of a sentence."""
    found, losses = harm(history), curve(history, "train_loss")
    base = in_loss(baseline(history))
    if found is Harm.BROKEN:
        return "the loss ran away" if always_finite(history, "train_loss") else "the loss is lost"
    if found is Harm.FAILED:
        return f"the loss is {in_loss(losses.newest)}, no better than without the inputs ({base})"
    if found is Harm.BEHIND or lags(history):
        return f"it learned {percent(reached(history))} of what there is to learn"
    if history.epochs == 0:
        return "what it does is seen in training"
    return "no harm is seen from it"


def evidence(history: History) -> dict[str, Any]:
    """The numbers behind it."""
    return {
        "train_loss": curve(history, "train_loss").newest,
        "baseline_loss": baseline(history),
        "gain": gain(history),
        "possible": possible(history),
        "harm": harm(history),
    }
