"""All metrics of a recipe at once, by their signals."""

import math

import pytest
import torch

from trainer.form import Form
from trainer.menu import part
from trainer.metrics import measured
from trainer.recipe import entries
from trainer.recipe.evaluation import Evaluation, Metric, names

METRICS = entries(Metric)
FLAT = [name for name, kind in METRICS.items() if "classification" in kind.tasks]


def test_each_under_its_own_name() -> None:
    sections = [{"name": "top_k", "k": 2}, "f1", "recall_at_k", "calibration_error", "auroc"]
    evaluation = Evaluation.model_validate({"metrics": sections})
    outputs, labels, form = torch.randn(30, 4), torch.arange(30) % 4, Form((3,), 4)
    found = measured(evaluation, outputs, labels, form)
    assert list(found) == names(evaluation)
    for metric, value in zip(evaluation.metrics, found.values(), strict=True):
        assert value == part("metric", metric).of(outputs, labels, form)


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_nan_where_an_output_is_not_finite(name: str, value: float) -> None:
    outputs = torch.randn(10, 3)
    outputs[4, 1] = value
    evaluation = Evaluation.model_validate({"metrics": [name]})
    (score,) = measured(evaluation, outputs, torch.arange(10) % 3, Form((3,), 3)).values()
    assert math.isnan(score)


@pytest.mark.parametrize("name", FLAT)
def test_perfect_outputs_score_best(name: str) -> None:
    kind = METRICS[name]
    evaluation = Evaluation.model_validate({"metrics": [name]})
    labels = torch.arange(40) % 4
    outputs = 50 * torch.nn.functional.one_hot(labels, 4).float()
    (score,) = measured(evaluation, outputs, labels, Form((3,), 4)).values()
    assert score == pytest.approx(0 if kind.direction == "minimize" else 1, abs=1e-6)
