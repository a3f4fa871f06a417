"""Histories that hypothesis makes: of a run with some course, with gaps and odd values in it."""

import math
from dataclasses import replace

from hypothesis import strategies as st

from diagnostics import History
from diagnostics.history import SignalValue
from tests.diagnostics.histories import FACTS

LAYERS = ("a", "b")
Row = dict[str, SignalValue]


def around(size: float) -> st.SearchStrategy[float | None]:
    """Mostly near `size`, so that checks get past their first question."""
    odd = st.sampled_from([None, math.nan, math.inf, 0.0, -1.0, 1e-320, 1e308])
    near = st.floats(0.9, 1.1).map(lambda factor: factor * size)
    far = st.floats(-3, 3).map(lambda power: size * 10**power)
    return st.one_of(near, near, near, near, far, odd)


@st.composite
def recorded(draw: st.DrawFn) -> list[tuple[int, Row]]:
    """(epoch, signals) as they are recorded, of a run that has some course."""
    loss, fall = draw(st.sampled_from([0.1, 2.3, 40.0])), draw(st.sampled_from([0.5, 1.0, 1.3]))
    pace, shrink = draw(st.sampled_from([1e-7, 1e-3, 0.3])), draw(st.sampled_from([1.0, 0.3]))
    rates = draw(st.sampled_from([[0.1], [0.1, 0.1, 0.01], [0.01, 0.03, 0.1, 0.3]]))
    found: list[tuple[int, Row]] = [(0, draw(starts))] if draw(st.booleans()) else []
    for epoch in range(1, draw(st.integers(1, 9)) + 1):
        now = loss * fall**epoch
        sizes = {
            "train_loss": now,
            "val_loss": now,
            "loss_first": now / fall,
            "loss_max": now / fall,
            "lr": rates[min(epoch, len(rates)) - 1],
        }
        row: Row = {name: draw(around(size)) for name, size in sizes.items()}
        row["lr"] = draw(st.sampled_from([sizes["lr"], sizes["lr"], None]))
        for name, size in (("update_ratio", pace), ("weight_norm", 5 * shrink**epoch)):
            row[name] = {layer: draw(around(size)) for layer in LAYERS}
        row["gradient_norm"] = {layer: draw(around(pace)) for layer in LAYERS}
        if draw(st.integers(0, 20)) == 0:
            row["non_finite_step"] = 3.0
        found.append((epoch, {k: v for k, v in row.items() if draw(st.integers(0, 15))}))
    return found


starts: st.SearchStrategy[Row] = st.fixed_dictionaries(
    {},
    optional={
        "initial_loss": around(2.3),
        "prior_entropy": around(2.3),
        "subset_loss": st.lists(around(1.0), max_size=5),
    },
)
facts = st.builds(
    replace,
    st.just(FACTS),
    classes=st.sampled_from([None, 10]),
    lr=st.sampled_from([None, 0.1]),
    epochs=st.sampled_from([None, 4, 20]),
    loss=st.sampled_from(["cross_entropy", "mse_loss"]),
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """With all of it recorded."""
    history = History(draw(facts))
    for epoch, row in draw(recorded()):
        history.record(epoch, row)
    return history
