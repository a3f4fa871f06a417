"""What hypothesis draws for the contract: any history at all, and a run with odd values in it."""

import math
from typing import Any

from hypothesis import strategies as st

from diagnostics import Facts, History
from diagnostics.history import SignalValue
from diagnostics.kinds import ACTIVATIONS, RECTIFIERS, SQUASHERS
from diagnostics.signals import SIGNALS, Grain

LAYERS = ("fc1", "relu", "fc2", "c.d")
KINDS = ("linear", "conv2d", "batchnorm2d", "dropout", *sorted(ACTIVATIONS))
LOSSES = (
    "cross_entropy",
    "cross_entropy_weighted",
    "binary_cross_entropy_weighted",
    "focal_loss",
    "info_nce_loss",
    "dice_loss",
    "nll_loss",
    "mse_onehot",
    "mse_loss",
    "l1_loss",
)
FORMS = ("logits", "probabilities", "log_probabilities", "values", "squashed")
Row = dict[str, SignalValue]

numbers: st.SearchStrategy[float | None] = st.one_of(
    st.none(), st.floats(width=64), st.sampled_from([0.0, 1.0, -1.0, 2.3, 1e-320, 1e308, math.inf])
)
values: dict[Grain, st.SearchStrategy[SignalValue]] = {
    Grain.SCALAR: numbers,
    Grain.LAYER: st.dictionaries(st.sampled_from(LAYERS), numbers, max_size=3),
    Grain.STEPS: st.lists(numbers, max_size=5),
}
names = st.sampled_from(sorted(SIGNALS))
signals = names.flatmap(lambda n: st.tuples(st.just(n), values[SIGNALS[n].grain]))
rows = st.lists(signals, max_size=12).map(dict)


def maybe(strategy: st.SearchStrategy[float]) -> st.SearchStrategy[float | None]:
    return st.one_of(st.none(), strategy)


DRAWN: dict[str, st.SearchStrategy[Any]] = {
    "classes": st.one_of(st.none(), st.integers(1, 1000)),
    "loss": st.sampled_from([None, "binary_cross_entropy", "somebody's own", *LOSSES]),
    "label_smoothing": st.sampled_from([0.0, 0.1, 1.0]),
    "optimizer": st.sampled_from([None, "sgd", "adamw"]),
    "subset_optimizer": st.sampled_from([None, "sgd", "adamw"]),
    "lr": maybe(st.floats(1e-12, 1e12)),
    "weight_decay": maybe(st.floats(0, 1)),
    "momentum": maybe(st.floats(0, 1)),
    "schedule": st.sampled_from([None, "constant", "step", "cosine"]),
    "epochs": st.one_of(st.none(), st.integers(1, 50)),
    "batch_size": st.one_of(st.none(), st.integers(1, 512)),
    "subset_lr": maybe(st.floats(1e-6, 1)),
    "trained_before": st.booleans(),
    "task": st.sampled_from([None, "classes", "binary", "multilabel", "regression"]),
    "loss_on": st.sampled_from([None, *FORMS]),
    "loss_scale": maybe(st.floats(-1e3, 1e3)),
    "outputs": st.one_of(st.none(), st.integers(1, 10)),
    "samples": st.one_of(st.none(), st.integers(1, 512)),
    "total_steps": st.one_of(st.none(), st.integers(0, 1000)),
    "broadcast": st.booleans(),
    "output_activation": st.sampled_from([None, "softmax", "log_softmax", *RECTIFIERS, *SQUASHERS]),
    "kinds": st.one_of(
        st.none(), st.dictionaries(st.sampled_from(LAYERS), st.sampled_from(KINDS), max_size=4)
    ),
    "clip_norm": maybe(st.floats(0, 100)),
    "dropout": maybe(st.floats(0, 1)),
    "parameters": st.one_of(st.none(), st.integers(0, 10**9)),
    "narrowest": st.one_of(st.none(), st.integers(1, 100)),
}
facts = st.builds(Facts, **DRAWN)
epochs = st.integers(0, 12)


def histories() -> st.SearchStrategy[History]:
    """Of any facts and signals, in any epochs."""
    return st.builds(History, facts, st.dictionaries(epochs, rows, max_size=13))


@st.composite
def odd(draw: st.DrawFn, history: History) -> dict[int, Row]:
    """Odd values for some of what the history has, and some more."""
    found: dict[int, Row] = {}
    for epoch in draw(st.lists(st.sampled_from(sorted(history.rows)), max_size=3)):
        known = st.sampled_from(sorted(set(history.rows[epoch]) & set(SIGNALS)))
        chosen = draw(st.lists(known, max_size=4))
        found[epoch] = {n: draw(values[SIGNALS[n].grain]) for n in chosen} | draw(rows)
    return found
