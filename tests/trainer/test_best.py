"""The best epoch, and early stopping against the usual definition written out."""

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from trainer.best import Best
from trainer.form import Form
from trainer.recipe import EarlyStopping, Objective, Recipe
from trainer.recipe.objective import Metric

VALUES = st.none() | st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5]) | st.floats(-10, 10)


def objective(metric: str) -> Objective:
    return Objective.model_validate({"metric": metric})


def metrics(metric: str, value: float | None) -> dict[str, float | None]:
    return dict.fromkeys(get_args(Metric), 0.5) | {metric: value}


def watched(metric: str, values: list[float | None]) -> tuple[Best, nn.Linear]:
    """Epoch e has the values[e - 1] and a model whose one weight is e."""
    best, model = Best(objective(metric)), nn.Linear(1, 1, bias=False)
    for epoch, value in enumerate(values, start=1):
        with torch.no_grad():
            model.weight.fill_(epoch)
        best.see(epoch, metrics(metric, value), model)
    return best, model


@pytest.mark.parametrize("metric", get_args(Metric))
@given(values=st.lists(VALUES, max_size=8))
def test_best_is_the_first_of_the_best_finite_epochs(
    metric: str, values: list[float | None]
) -> None:
    best, model = watched(metric, values)
    finite = [(v if "loss" in metric else -v, e) for e, v in enumerate(values, 1) if v is not None]
    checkpoint = best.checkpoint(Recipe(), Form((1,), 2))
    if not finite:
        assert checkpoint is None
        return
    assert checkpoint is not None
    assert checkpoint.epoch == min(finite)[1]
    assert checkpoint.metrics == metrics(metric, values[checkpoint.epoch - 1])
    with torch.no_grad():
        model.weight.fill_(-1)  # later training does not reach the copy
    assert checkpoint.state["weight"].item() == checkpoint.epoch


def usual_stop(values: list[float | None], patience: int, min_delta: float) -> int | None:
    """Keras' EarlyStopping, to be maximised: the epoch that training ends after."""
    best, waited = float("-inf"), 0
    for epoch, value in enumerate(values, start=1):
        waited += 1
        if value is not None and value > best + min_delta:
            best, waited = value, 0
        if waited >= patience:
            return epoch
    return None


@given(
    values=st.lists(VALUES, max_size=12),
    patience=st.integers(1, 4),
    min_delta=st.sampled_from([0.0, 0.1, 0.5]),
)
def test_early_stopping_is_the_usual_one(
    values: list[float | None], patience: int, min_delta: float
) -> None:
    rule = EarlyStopping(patience=patience, min_delta=min_delta)
    best, model = Best(objective("val_accuracy")), nn.Linear(1, 1)
    stopped = None
    for epoch, value in enumerate(values, start=1):
        best.see(epoch, metrics("val_accuracy", value), model)
        if best.stale(epoch, rule):
            stopped = epoch
            break
    assert stopped == usual_stop(values, patience, min_delta)


def test_a_loss_is_waited_for_downwards() -> None:
    best, model = Best(objective("val_loss")), nn.Linear(1, 1)
    stale = []
    for epoch, value in enumerate([2.0, 1.0, 1.0, 0.99, 0.5], start=1):
        best.see(epoch, metrics("val_loss", value), model)
        stale.append(best.stale(epoch, EarlyStopping(patience=2, min_delta=0.1)))
    assert stale == [False, False, False, True, False]


def test_without_a_rule_nothing_is_stale() -> None:
    best, _ = watched("val_loss", [1.0] * 50)
    assert not best.stale(50, None)
