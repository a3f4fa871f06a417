"""Histories for the checks: a healthy run, and for each check the run that it is there for."""

import math
from collections.abc import Callable, Sequence

from diagnostics import Facts, History
from diagnostics.history import finite

FACTS = Facts(
    classes=10,
    loss="cross_entropy",
    optimizer="sgd",
    lr=0.1,
    weight_decay=1e-4,
    momentum=0.9,
    schedule="constant",
    epochs=20,
    batch_size=64,
    subset_optimizer="adam",
    subset_lr=3e-3,
)
EPOCHS = 20


def run(
    losses: Sequence[float],
    *,
    facts: Facts = FACTS,
    ratio: float | Sequence[float] = 1e-3,
    initial: float | None = 2.4,
    lr: Sequence[float] | None = None,
    val: Sequence[float] | None = None,
    norm: Sequence[float] | None = None,
) -> History:
    """A history with these epoch losses; `ratio` of the layers `fc1` and `fc2`, `lr` by epoch."""
    ratios = [ratio] * 2 if isinstance(ratio, float) else list(ratio)
    history = History(facts)
    if initial is not None:
        history.record(0, {"initial_loss": finite(initial), "prior_entropy": math.log(10)})
        history.record(0, {"subset_loss": [2.4, 1.0, 0.02], "subset_accuracy": [0.1, 0.8, 1.0]})
    for i, loss in enumerate(losses):
        before = losses[i - 1] if i else initial
        first = loss if before is None else before
        history.record(
            i + 1,
            {
                "train_loss": finite(loss),
                "val_loss": finite(loss if val is None else val[i]),
                "lr": facts.lr if lr is None else lr[i],
                "loss_first": finite(first),
                "loss_max": finite(max(first, loss)),
                "update_ratio": dict(zip(("fc1", "fc2"), map(finite, ratios), strict=True)),
                "weight_norm": dict.fromkeys(("fc1", "fc2"), 5.0 if norm is None else norm[i]),
            },
        )
    return history


def healthy(epochs: int = EPOCHS) -> History:
    """Falls from 2.4 to near zero, every layer at the usual pace."""
    return run([2.4 * 0.7**epoch for epoch in range(1, epochs + 1)])


def too_high_at_first() -> History:
    return run([2.0], initial=40.0)


def unlearnable() -> History:
    history = healthy(1)
    history.record(0, {"subset_loss": [2.3] * 50, "subset_accuracy": [0.1] * 50})
    return history


def barely_moving() -> History:
    return run([2.4 - 1e-5 * epoch for epoch in range(EPOCHS)], ratio=1e-7)


def not_finite() -> History:
    history = run([2.0, 1.5, math.nan])
    history.record(3, {"non_finite_step": 7.0})
    return history


def blown_up() -> History:
    return run([1e6, 9e5], ratio=3.0)


SICK: dict[str, Callable[[], History]] = {
    "initial_loss": too_high_at_first,
    "overfit_subset": unlearnable,
    "update_ratio": barely_moving,
    "plateau": barely_moving,
    "non_finite": not_finite,
    "diverging": blown_up,
}
