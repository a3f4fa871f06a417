"""How trials are trained, side by side or as one model, in words."""

from service.dashboard import words
from service.dashboard.views import Sheet
from service.plan import Plan
from service.tables import Attempt

ALONE = "one by one"  # what a reason may begin with too
ENGINES = {  # as a table names them
    "plain": ALONE,
    "lanes": "lanes: side by side, each alone",
    "vmap": "vmap: one model, by torch.func",
    "lowered": "lowered: one model, by wider operations",
}
FASTER = 1.05  # below it a plan is as good as one by one


def of_study(plan: Plan) -> str:
    """`Up to 64 trials stacked: 23 × faster than one by one, measured.` Else why they are not."""
    trials = words.counted(plan.width, "trial")
    if plan.stacked:
        return f"Up to {trials} stacked{_measured(plan)}."
    why = plan.reason.removeprefix(ALONE).strip(" :.")
    if plan.engine == "lanes":
        return f"{trials} side by side{_measured(plan)}" + (f"; {why}." if why else ".")
    return f"Trials are trained {ALONE}" + (f": {why}." if why else ".")


def of_worker(plan: Plan | None) -> str:
    """`stack of 64, 23 × faster`; a dash where the worker has not told."""
    if plan is None:
        return words.MISSING
    times = words.tame(plan.times_faster) or 0.0
    faster = f", {_times(times)} faster" if times >= FASTER and plan.engine != "plain" else ""
    return _place(plan) + faster


def of_attempt(attempt: Attempt, plan: Plan | None) -> str:
    """`stack of 64 (lowered), saw the data from epoch 13 of its stack on`; a dash for nothing."""
    parts = []
    if plan is not None:
        parts.append(f"{_place(plan)} ({plan.engine})" if plan.stacked else _place(plan))
    if attempt.resumed_epoch:
        parts.append(f"went on from epoch {words.count(attempt.resumed_epoch)}")
    if attempt.first_data_epoch:
        first = words.count(attempt.first_data_epoch + 1)
        parts.append(f"saw the data from epoch {first} of its stack on")
    return ", ".join(parts) or words.MISSING


def table(plan: Plan) -> Sheet | None:
    """What the planner measured; None where it measured nothing."""
    if not plan.table:
        return None
    rows = tuple(
        (
            ENGINES[timed.engine],
            (
                words.count(timed.width),
                _milliseconds(timed.seconds_per_step),
                _milliseconds(timed.seconds_per_step, timed.width),
            ),
        )
        for timed in plan.table
    )
    title = "Time of a step, by engine and trials at once"
    if plan.bytes_per_trial is not None:
        title += f"; each further trial takes at most {words.size(plan.bytes_per_trial)} of memory"
    return Sheet(title, "Engine", ("Trials", "Step, ms", "Per trial, ms"), rows)


def _place(plan: Plan) -> str:
    if plan.stacked:
        return f"stack of {words.count(plan.width)}"
    if plan.engine == "lanes":
        return f"{words.count(plan.width)} side by side"
    return ALONE


def _measured(plan: Plan) -> str:
    times = words.tame(plan.times_faster)
    if times is None:
        return ""
    if times < FASTER:
        return f": {_times(times)} the speed of one by one, measured"
    return f": {_times(times)} faster than one by one, measured"


def _times(factor: float) -> str:
    """23 ×, 1.4 ×."""
    return f"{factor:.0f} ×" if factor >= 10 else f"{factor:.1f} ×"


def _milliseconds(seconds: float | None, share: int = 1) -> str:
    tamed = words.tame(seconds)
    return words.MISSING if tamed is None else words.loss(1000 * tamed / share)
