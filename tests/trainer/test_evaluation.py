"""What is measured beside loss and accuracy is what the metric gives on the same model."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, f1_score

from trainer.checkpoint import Checkpoint
from trainer.errors import BadRecipe
from trainer.evaluation import outputs_of
from trainer.events import Ended, EpochEnded
from trainer.loop import run
from trainer.menu import part
from trainer.metrics._confusion import most_confused
from trainer.mistakes import NONE
from trainer.recipe import Diagnostics, Objective, Recipe


def trained(objective: str = "val_loss", **settings: Any) -> tuple[Ended, list[EpochEnded]]:
    base = {"data": "iris", "preprocess": "standardise", "optimizer": {"lr": 0.1}, "epochs": 3}
    recipe = Recipe.model_validate(base | settings)
    chosen = Objective.model_validate({"metric": objective})
    events = list(run(recipe, objective=chosen, preflight=False))
    ended = events[-1]
    assert isinstance(ended, Ended)
    return ended, [event for event in events if isinstance(event, EpochEnded)]


def diverged(lr: float, **settings: Any) -> tuple[Ended, EpochEnded]:
    """How a run ends that goes on although its loss is no number."""
    base = {"data": "iris", "preprocess": "standardise", "optimizer": {"lr": lr}, "epochs": 2}
    recipe = Recipe.model_validate(base | settings)
    events = list(run(recipe, diagnostics=Diagnostics(stop_on="never"), preflight=False))
    ended, last = events[-1], [event for event in events if isinstance(event, EpochEnded)][-1]
    assert isinstance(ended, Ended)
    assert last.epoch == 2
    return ended, last


def judged(checkpoint: Checkpoint) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs of the checkpoint's model on the validation set, and the labels."""
    recipe = checkpoint.recipe
    (fold,) = part("split", recipe.split).folds(part("data", recipe.data).load(None), 0)
    return outputs_of(checkpoint.model(), fold.validation.inputs), fold.validation.targets


def test_metrics_are_signals_of_each_epoch() -> None:
    ended, epochs = trained(evaluation={"metrics": ["f1", {"name": "top_k", "k": 2}]})
    assert all({"val_f1_macro", "val_top_2"} <= epoch.signals.keys() for epoch in epochs)
    assert ended.checkpoint is not None
    outputs, labels = judged(ended.checkpoint)
    own = epochs[ended.checkpoint.epoch - 1].signals
    assert own["val_f1_macro"] == pytest.approx(
        f1_score(labels, outputs.argmax(1), average="macro"), abs=1e-6
    )


def test_a_metric_can_be_the_objective() -> None:
    ended, epochs = trained("val_f1_macro", evaluation={"metrics": ["f1"]})
    values: list[Any] = [epoch.signals["val_f1_macro"] for epoch in epochs]
    assert ended.checkpoint is not None
    assert ended.checkpoint.metrics["val_f1_macro"] == max(values)
    assert ended.checkpoint.epoch == values.index(max(values)) + 1


def test_an_objective_that_is_not_measured() -> None:
    with pytest.raises(BadRecipe, match=r"objective\.metric: the recipe does not measure it"):
        trained("val_f1_macro")


def test_a_regression_has_no_accuracy() -> None:
    model = {"name": "autoencoder", "hidden": [8], "code": 2}
    with pytest.raises(BadRecipe, match="regression has no accuracy; take val_loss"):
        trained("val_accuracy", model=model, loss="mse")
    _, epochs = trained(model=model, loss="mse")
    assert epochs[-1].metrics["val_accuracy"] is None
    assert epochs[-1].metrics["train_accuracy"] is None
    first, last = epochs[0].metrics["val_loss"], epochs[-1].metrics["val_loss"]
    assert first is not None
    assert last is not None
    assert last < first


def test_embeddings_are_scored_by_their_neighbours() -> None:
    _, epochs = trained(loss={"name": "triplet", "dimensions": 4}, objective="val_accuracy")
    assert epochs[-1].metrics["train_accuracy"] is None
    accuracy = epochs[-1].metrics["val_accuracy"]
    assert accuracy is not None
    assert accuracy > 0.8


def test_confused_classes_are_a_signal_of_each_epoch_where_they_are_asked_for() -> None:
    ended, epochs = trained(evaluation={"confusion": True}, epochs=2)
    assert ended.mistakes.confusion is not None
    assert epochs[-1].signals["confused_classes"] == most_confused(ended.mistakes.confusion)
    _, epochs = trained(epochs=1)
    assert "confused_classes" not in epochs[0].signals


def test_confusion_counts_every_sample() -> None:
    ended, _ = trained(evaluation={"confusion": True}, epochs=1)
    assert ended.mistakes.confusion is not None
    assert ended.checkpoint is not None
    outputs, labels = judged(ended.checkpoint)
    assert np.array_equal(ended.mistakes.confusion, confusion_matrix(labels, outputs.argmax(1)))
    assert trained()[0].mistakes == NONE


def test_bootstrap_puts_an_interval_around_the_accuracy() -> None:
    _, epochs = trained(evaluation={"bootstrap": 200})
    for epoch in epochs:
        low, high = (epoch.signals[f"val_accuracy_{end}"] for end in ("low", "high"))
        accuracy = epoch.metrics["val_accuracy"]
        assert isinstance(low, float)
        assert isinstance(high, float)
        assert accuracy is not None
        assert low <= accuracy <= high
        assert high - low < 0.5


def test_a_model_whose_outputs_are_no_numbers_gets_nothing_right() -> None:
    """The argmax of nan is class 0, which is that of some."""
    ended, last = diverged(1e30, evaluation={"confusion": True, "bootstrap": 20})
    assert last.metrics["val_loss"] is None
    assert last.metrics["val_accuracy"] is None
    assert last.signals["val_accuracy_low"] is None
    assert last.signals["val_accuracy_high"] is None
    assert ended.mistakes == NONE


@pytest.mark.parametrize("loss", ["triplet", "contrastive", "arcface"])
@pytest.mark.parametrize("lr", [1e17, 1e38], ids=["too long", "not finite"])
def test_embeddings_without_a_direction_have_no_neighbours(loss: str, lr: float) -> None:
    """At 1e17 they are finite numbers still, but their squares are not."""
    wanted = {"metrics": ["recall_at_k"], "bootstrap": 20}
    _, last = diverged(lr, loss={"name": loss, "dimensions": 4}, evaluation=wanted)
    assert last.metrics["train_loss"] is None
    assert last.metrics["val_loss"] is None
    assert last.metrics["val_accuracy"] is None
    assert last.signals["val_recall_at_1"] is None
    assert last.signals["val_accuracy_low"] is None
    assert last.signals["val_accuracy_high"] is None


def test_mc_dropout_and_what_it_needs() -> None:
    _, epochs = trained(evaluation={"mc_dropout": 5}, model={"dropout": 0.5})
    for epoch in epochs:
        entropy, unknown = epoch.signals["mc_entropy"], epoch.signals["mc_mutual_information"]
        assert isinstance(entropy, float)
        assert isinstance(unknown, float)
        assert 0 < unknown < entropy < np.log(3)
    with pytest.raises(BadRecipe, match="the model has no dropout"):
        trained(evaluation={"mc_dropout": 5})


def test_auxiliary_heads_and_mixed_labels_have_a_training_accuracy() -> None:
    _, epochs = trained(augment=["mixup"], epochs=2)
    accuracy = epochs[-1].metrics["train_accuracy"]
    assert accuracy is not None
    assert 0 < accuracy <= 1


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"augment": ["flip"]}, "augment"),
        ({"evaluation": {"mc_dropout": 5}}, "evaluation.mc_dropout"),
        (
            {
                "data": {"name": "shapes", "samples": 20, "size": 16},
                "model": {"name": "unet", "depth": 4, "width": 2, "norm": "instance"},
            },
            "model.name",
        ),
    ],
    ids=["augment", "mc_dropout", "model"],
)
def test_what_cannot_be_trained_is_told_before_anything_is(
    settings: dict[str, Any], field: str
) -> None:
    recipe = Recipe.model_validate({"data": "iris"} | settings)
    with pytest.raises(BadRecipe) as refused:
        next(run(recipe))
    assert refused.value.field == field
