"""Histories for the checks: a healthy run, and for each check the run that it is there for."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from diagnostics import Facts, History
from diagnostics.history import finite
from diagnostics.signals import SIGNALS

Signals = dict[str, Any]  # name → value

BATCH = 64
FACTS = Facts(
    classes=10,
    loss="cross_entropy",
    optimizer="sgd",
    lr=0.1,
    weight_decay=1e-4,
    momentum=0.9,
    schedule="constant",
    epochs=20,
    batch_size=BATCH,
    subset_optimizer="adam",
    subset_lr=3e-3,
)
EPOCHS = 20
STEPS = 23  # of an epoch
BASELINE = math.log(10)
ROWS = 512  # of the sample that preflight was given

# As preflight knows a network 64 → 64 → 10, with batch norm, on ten classes of equal size.
KNOWN = replace(
    FACTS,
    total_steps=EPOCHS * STEPS,
    task="classes",
    loss_on="logits",
    loss_scale=1.0,
    outputs=10,
    samples=ROWS,
    kinds={"fc1": "linear", "norm": "batchnorm1d", "relu": "relu", "tanh": "tanh", "fc2": "linear"},
    dropout=0.0,
    parameters=4810,
)
START: Signals = {
    "initial_loss": 2.4,
    "prior_entropy": BASELINE,
    "baseline_loss": BASELINE,
    "blank_loss": BASELINE,
    "redrawn_loss": 2.4,
    "output_rms": 0.4,
    "not_in_optimizer": 0.0,
    "unused_parameters": 0.0,
    "batch_mixing": 0.0,
    "val_overlap": 0.0,
    "input_broken": 0.0,
    "input_rms": 0.5,
    "input_largest": 1.0,
    "feature_rms_low": 0.1,
    "feature_rms_high": 0.8,
    "constant_features": 0.0,
    "duplicate_features": 0.0,
    "distinct_rows": 512.0,
    "duplicate_rows": 0.0,
    "conflicting_rows": 0.0,
    "class_share": {str(label): 0.1 for label in range(10)},
    "labels_outside": 0.0,
    "predictability": 0.85,
    "predictability_z": 60.0,
    "activation_rms": {"fc1": 0.9, "norm": 1.0, "relu": 0.6, "tanh": 0.4, "fc2": 0.7},
    "activation_spread": {"fc1": 0.9, "norm": 1.0, "relu": 0.8, "tanh": 0.8, "fc2": 0.7},
    "dead_units": {"relu": 0.02},
    "saturated_units": {"tanh": 0.02},
    "softmax_inside": {},
    "weight_norm": {"fc1": 5.0, "fc2": 5.0},
    "weight_gain": {"fc1": 1.4, "fc2": 1.4},
    "unit_symmetry": {"fc1": 0.0, "fc2": 0.0},
    "gradient_norm": {"fc1": 0.4, "fc2": 0.5},
    "tiny_rows": 20.0,
    "tiny_baseline": BASELINE,
    **{f"tiny_{who}_loss": [2.4, 1.0, 0.1, 0.01] for who in ("own", "reference")},
    **{f"tiny_{who}_accuracy": 1.0 for who in ("own", "reference")},
    **{f"tiny_{who}_steps": 90.0 for who in ("own", "reference")},
}
DURING: Signals = {
    "steps": float(STEPS),
    "loss_std": 0.05,
    "stale_gradient": 0.0,
    "downhill": 0.6,
    "evaluation_mode": 0.0,
    "batch_size": 64.0,
    "gradient_norm": {"fc1": 0.4, "fc2": 0.5},
    "dead_units": {"relu": 0.02},
    "saturated_units": {"tanh": 0.02},
    "zero_gradient_share": {"fc1": 0.02, "fc2": 0.0},
    "clipped_steps": 0.0,
    "mc_entropy": 0.3,
    "mc_mutual_information": 0.05,
    "confused_classes": {"3 as 5": 0.05},
}

# Training losses by epoch. What ridge regression takes of the baseline is 85 %.
LEARNS = [2.4 * 0.7**epoch for epoch in range(1, EPOCHS + 1)]
STANDS = [2.303] * EPOCHS
LAGS = [max(0.92, 2.3 - 0.2 * epoch) for epoch in range(EPOCHS)]  # 60 % at its end
BEHIND = [max(1.6, 2.3 - 0.1 * epoch) for epoch in range(EPOCHS)]  # 30 %
BACK = [1.8, *LEARNS[1:]]  # after a first epoch in which it went far off
STIRRED = [2.0, 1.6, 1.3, *[0.95, 1.05, 1.0] * 6][:EPOCHS]
LOST = [2.0, 1.5, *[math.nan] * (EPOCHS - 2)]


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


def watched(
    losses: Sequence[float],
    *,
    facts: Mapping[str, Any] | None = None,
    start: Mapping[str, Any] | None = None,
    during: Mapping[str, Any] | None = None,
    **settings: Any,
) -> History:
    """A `run` as preflight and Monitor record one, but for what is given.

    `facts` replace those of `KNOWN`, `start` signals of epoch 0, `during` those of every epoch: a
    list is by epoch. The accuracies follow the training loss.
    """
    history = run(losses, facts=replace(KNOWN, **facts or {}), **settings)
    history.record(0, START | dict(start or {}))
    for i, loss in enumerate(losses):
        left = min(loss / BASELINE, 1.0) if math.isfinite(loss) else 1.0
        scores = dict.fromkeys(("train_accuracy", "val_accuracy"), 1 - 0.9 * left)
        fixed = dict.fromkeys(("sample_loss", "running_loss"), finite(loss))
        signals = DURING | scores | fixed | dict(during or {})
        by_epoch = {n: v[i] if isinstance(v, list) else v for n, v in signals.items()}
        history.record(i + 1, by_epoch)
    return history


def multiplied(history: History, times: float) -> History:
    """The same run with a loss of so many times the value, and so with such a baseline."""
    losses = {n for n, s in SIGNALS.items() if s.unit == "nat"} - {"prior_entropy"}
    rows = {
        epoch: {n: _times(v, times) if n in losses else v for n, v in row.items()}
        for epoch, row in history.rows.items()
    }
    scale = (history.facts.loss_scale or 1.0) * times
    return History(replace(history.facts, loss_scale=scale), rows)


def _times(value: Any, times: float) -> Any:
    if isinstance(value, list):
        return [_times(each, times) for each in value]
    return None if value is None else value * times


def summed(losses: Sequence[float]) -> History:
    """With the sum over the batch in place of the mean; the sample is as large as a batch."""
    return multiplied(watched(losses, facts={"samples": BATCH}), float(BATCH))


def healthy(epochs: int = EPOCHS) -> History:
    """Falls from 2.4 to near zero, every layer at the usual pace."""
    return watched(LEARNS[:epochs])


def _doubled(epoch: int) -> dict[str, float]:
    """The gradient norms of an epoch where those of `fc1` double from one to the next."""
    return {"fc1": 0.4 * 2.0**epoch, "fc2": 0.5}


def _one_collapses() -> list[dict[str, float]]:
    """The norms of the weights, by epoch, where decay takes one layer and leaves the other."""
    return [{"fc1": 5 * 0.6**epoch, "fc2": 5.0} for epoch in range(EPOCHS)]


def rising_validation(until: float, accuracy: float = 0.1) -> History:
    """The training set is learned; the validation loss turns at epoch 5 and ends at `until`."""
    rising = [1.6 + (until - 1.6) * (epoch - 4) / 15 for epoch in range(5, EPOCHS)]
    validation = [2.2, 2.0, 1.8, 1.7, 1.6, *rising]
    return watched(LEARNS, val=validation, during={"val_accuracy": accuracy})


def creeping(**start: Any) -> History:
    """Falls by a hundredth in all, where twenty rows say that a higher lr would do."""
    tiny: Signals = {
        "tiny_own_loss": [2.4, 2.39, 2.38],
        "tiny_own_accuracy": 0.1,
        "tiny_higher_loss": [2.4, 2.3, 1.9],
        "tiny_lower_loss": [2.4, 2.4, 2.4],
    }
    losses = [2.303 - 0.001 * epoch for epoch in range(EPOCHS)]
    return watched(losses, ratio=1e-5, start=tiny | start)


def thrown_about(**start: Any) -> History:
    """Step losses up and down by half of the baseline, on twenty rows as well."""
    tiny: Signals = {
        "tiny_own_loss": [2.4, 9.0, 4.0, 12.0],
        "tiny_own_accuracy": 0.1,
        "tiny_lower_loss": [2.4, 1.2, 0.3],
        "tiny_higher_loss": [2.4, None],
    }
    signals: Signals = {"loss_std": 1.2, "loss_max": 60.0}
    return watched([2.5] * EPOCHS, ratio=0.3, start=tiny | start, during=signals)


def barely_moving() -> History:
    return run([2.4 - 1e-5 * epoch for epoch in range(EPOCHS)], ratio=1e-7)


def unlearnable() -> History:
    history = healthy(1)
    history.record(0, {"subset_loss": [2.3] * 50, "subset_accuracy": [0.1] * 50})
    return history


def not_finite() -> History:
    history = run([2.0, 1.5, math.nan])
    history.record(3, {"non_finite_step": 7.0})
    return history


NOT_LEARNED: Signals = {
    "tiny_reference_loss": [2.4, 2.3, 2.3],
    "tiny_reference_accuracy": 0.1,
    "tiny_own_loss": [2.4, 2.3, 2.3],
    "tiny_own_accuracy": 0.1,
}
PLAIN = {"fc1": "linear", "relu": "relu", "fc2": "linear"}
SIGMOIDS = {"fc1": "linear", "sigmoid": "sigmoid", "fc2": "linear"}
VALUES: dict[str, Any] = {
    "classes": None,
    "loss": "mse_loss",
    "loss_on": "values",
    "task": "regression",
    "outputs": 1,
}
FAR_TARGETS: Signals = {
    "class_share": None,
    "target_broken": 0.0,
    "target_mean": 900.0,
    "target_std": 300.0,
    "target_low": 100.0,
    "target_high": 2e3,
}
RARE: Signals = {"0": 0.7, "1": 0.295, "2": 0.005}

# What is odd about a run, as settings of `watched`: where nothing is learned, a warning.
ODD: dict[str, dict[str, Any]] = {
    "data_signal": {"start": {"predictability": 0.01, "predictability_z": 0.3}},
    "dead_units": {
        "start": {"dead_units": {"relu": 1.0}},
        "during": {"dead_units": {"relu": 1.0}},
    },
    "gradient_sign": {"during": {"downhill": -0.9}},
    "init_scale": {"start": {"weight_gain": {"fc1": 0.01, "fc2": 0.01}}},
    "init_symmetry": {"start": {"unit_symmetry": {"fc1": 1.0, "fc2": 0.0}}},
    "inputs": {"start": {"input_rms": 3e3, "feature_rms_low": 2e3, "feature_rms_high": 4e3}},
    "no_learning": {"start": NOT_LEARNED},
    "norm_statistics_mismatch": {"during": {"batch_size": 2.0}},
    "output_activation": {"facts": {"output_activation": "relu"}},
    "parameters_not_updated": {"ratio": [0.0, 1e-3]},
    "regularisation_dominates": {"norm": [5 * 0.5**epoch for epoch in range(EPOCHS)]},
    "saturation": {
        "start": {"saturated_units": {"tanh": 0.9}},
        "during": {"saturated_units": {"tanh": 0.9}},
    },
    "structure": {"start": {"softmax_inside": {"fc1.softmax": 1.0}}},
    "targets": {"facts": VALUES, "start": FAR_TARGETS},
    "tiny_subset": {"start": NOT_LEARNED},
    "train_eval_mode": {
        "facts": {"dropout": 0.5, "kinds": PLAIN},
        "during": {"evaluation_mode": 1.0},
    },
    "vanishing_gradient": {
        "facts": {"kinds": SIGMOIDS},
        "start": {"gradient_norm": {"fc1": 1e-9, "fc2": 0.5}},
    },
    "zero_gradient_share": {"during": {"zero_gradient_share": {"fc1": 0.95, "fc2": 0.1}}},
}
SICK: dict[str, Callable[[], History]] = {
    **{name: partial(watched, STANDS, **settings) for name, settings in ODD.items()},
    "batch_mixing": partial(watched, LEARNS, start={"batch_mixing": 0.4}),
    "class_balance": partial(
        watched, LEARNS, start={"class_share": RARE}, during={"val_accuracy": 0.5}
    ),
    "clipping_too_often": partial(
        watched, STANDS, facts={"clip_norm": 1e-3}, ratio=1e-5, during={"clipped_steps": 1.0}
    ),
    "diverging": partial(run, [1e6, 9e5], ratio=3.0),
    "exploding_gradient": partial(
        watched, STANDS, during={"gradient_norm": [_doubled(epoch) for epoch in range(EPOCHS)]}
    ),
    "initial_loss": partial(run, [2.0], initial=40.0),
    "loss_form": partial(summed, STANDS),
    "loss_metric_decorrelated": partial(watched, LEARNS, during={"train_accuracy": 0.1}),
    "lr_decay_too_early": partial(
        watched, [2.2, 1.9, *[1.89] * (EPOCHS - 2)], lr=[0.1, 0.1, *[1e-4] * (EPOCHS - 2)]
    ),
    "lr_too_high": thrown_about,
    "lr_too_low": creeping,
    "missing_zero_grad": partial(watched, STANDS, during={"stale_gradient": 1.0}),
    "non_finite": not_finite,
    "output_activation": partial(watched, STANDS, facts={"output_activation": "softmax"}),
    "overfit_subset": unlearnable,
    "overfitting": partial(rising_validation, until=5.0),
    "plateau": barely_moving,
    "update_ratio": barely_moving,
    "weights_collapse": partial(watched, STANDS, during={"weight_norm": _one_collapses()}),
    "validation_suspicious": partial(watched, LEARNS, start={"val_overlap": 0.5}),
}

# Runs that are well, and of which something is worth knowing: a note that accuses nobody.
NOTED: dict[str, Callable[[], History]] = {
    "best_too_early": partial(watched, LEARNS, during={"val_accuracy": [0.8, *[0.7] * 19]}),
    "calibration": partial(watched, LEARNS, val=[2.0] * EPOCHS, during={"val_accuracy": 0.9}),
    "confused_classes": partial(
        watched, LEARNS, during={"confused_classes": {"3 as 5": 0.4, "5 as 3": 0.1}}
    ),
    "early_instability": partial(watched, BACK, during={"loss_max": [30.0, *LEARNS[:-1]]}),
    "loss_spikes": partial(
        watched, LEARNS, during={"loss_max": [*LEARNS[:14], 20.0, *LEARNS[15:]]}
    ),
    "lr_decay_due": partial(watched, STIRRED),
    "still_improving": partial(watched, [2.3 - 0.1 * epoch for epoch in range(EPOCHS)]),
    "uncertainty": partial(
        watched, LEARNS, during={"mc_entropy": 1.0, "mc_mutual_information": 0.7}
    ),
    "underfitting": partial(watched, [max(1.2, 2.3 - 0.2 * epoch) for epoch in range(EPOCHS)]),
}
OWN = SICK | NOTED  # check → the run that it is there for
