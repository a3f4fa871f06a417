"""What a recipe may ask to be measured, under which names, and what does not fit."""

import pytest
from pydantic import ValidationError

from trainer.recipe import Recipe, entries
from trainer.recipe.evaluation import Evaluation, Metric, misfit, names, signal
from trainer.recipe.losses import Arcface, BinaryCrossEntropy, CrossEntropy, Loss, Mse, Triplet

METRICS = entries(Metric)


def evaluation(*metrics: object, **others: object) -> Evaluation:
    return Evaluation.model_validate({"metrics": metrics, **others})


def test_signals() -> None:
    chosen = evaluation("top_k", {"k": 1}, {"name": "f1", "average": "micro"}, "recall_at_k", "iou")
    assert names(chosen) == [
        "val_top_5",
        "val_top_1",
        "val_f1_micro",
        "val_recall_at_1",
        "val_iou",
    ]


@pytest.mark.parametrize("name", METRICS)
def test_every_signal_starts_alike(name: str) -> None:
    """The service finds them beside its own columns; no two kinds share one."""
    mine = signal(METRICS[name].model_validate({}))
    assert mine.startswith("val_")
    assert mine not in ("val_loss", "val_accuracy", "val_accuracy_low", "val_accuracy_high")
    others = [signal(kind.model_validate({})) for key, kind in METRICS.items() if key != name]
    assert mine not in others


def test_one_signal_is_measured_once() -> None:
    with pytest.raises(ValidationError, match="two metrics are both reported as 'val_iou'"):
        evaluation("iou", "auroc", {"name": "iou", "background": False})


def test_a_recipe_takes_it() -> None:
    section = {"metrics": ["f1", {"k": 3}], "confusion": True, "bootstrap": 500, "mc_dropout": 20}
    recipe = Recipe.model_validate({"evaluation": section})
    assert Recipe.model_validate(recipe.model_dump(mode="json")) == recipe


@pytest.mark.parametrize(
    ("chosen", "loss", "task", "field", "says"),
    [
        (evaluation("f1", "iou"), CrossEntropy(), "classification", "metrics.1", "for classifica"),
        (evaluation("top_k"), CrossEntropy(), "segmentation", "metrics.0", "but classification"),
        (evaluation("f1"), Mse(), "regression", "metrics.0", "but classification or segmentation"),
        (evaluation("f1"), Triplet(), None, "metrics.0", "triplet makes embeddings"),
        (evaluation("confidence"), BinaryCrossEntropy(), None, "metrics.0", "probabilities"),
        (evaluation(confusion=True), Arcface(), None, "confusion", "classes"),
        (evaluation(confusion=True), Mse(), "regression", "confusion", "classes"),
        (evaluation(bootstrap=100), Mse(), "regression", "bootstrap", "no accuracy"),
        (evaluation(mc_dropout=10), Mse(), None, "mc_dropout", "probabilities"),
        (evaluation(mc_dropout=10), CrossEntropy(), "segmentation", "mc_dropout", "classification"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_what_does_not_fit(
    chosen: Evaluation, loss: Loss, task: str | None, field: str, says: str
) -> None:
    found = misfit(chosen, loss, task)
    assert found is not None
    assert found.field == f"evaluation.{field}"
    assert says in found.message


@pytest.mark.parametrize(
    ("chosen", "loss", "task"),
    [
        (evaluation("f1", "top_k", "auroc", confusion=True), CrossEntropy(), "classification"),
        (evaluation("iou", "f1", confusion=True, bootstrap=9), CrossEntropy(), "segmentation"),
        (evaluation("recall_at_k", bootstrap=9), Triplet(), "classification"),
        (evaluation("recall_at_k", "calibration_error"), CrossEntropy(), None),
        (evaluation("iou"), CrossEntropy(), None),
        (evaluation(), Mse(), "regression"),
        (evaluation(mc_dropout=9), CrossEntropy(label_smoothing=0.1), "classification"),
    ],
    ids=range(7),
)
def test_what_fits(chosen: Evaluation, loss: Loss, task: str | None) -> None:
    assert misfit(chosen, loss, task) is None
