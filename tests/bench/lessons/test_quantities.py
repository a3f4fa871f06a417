"""Each quantity beside an independent computation of it."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bench.lessons.course import Told, Trained, runs_of
from bench.lessons.lesson import Expectation, Lesson
from bench.lessons.quantities import Quantity, written
from diagnostics.history import SignalValue
from trainer.mc_dropout import predict
from trainer.recipe import Objective, Recipe
from trainer.setup import make

numbers = st.floats(-1e6, 1e6)


def quantity(**document: object) -> Any:
    return TypeAdapter(Quantity).validate_python(document)


def value(
    runs: Mapping[str, Trained], others: dict[str, float] | None = None, **doc: object
) -> float:
    found: float = quantity(**doc).value(runs, others or {})
    return found


def trained(**recipe: object) -> Trained:
    settings = {"data": "iris", "model": {"name": "mlp", "hidden": [8]}, "epochs": 2, **recipe}
    return Trained(Recipe.model_validate(settings), Path("nowhere"), Objective(), None)


def told(*epochs: dict[str, SignalValue]) -> dict[str, Trained]:
    run = trained()
    run.told = Told(list(epochs), None)
    return {"a": run}


def test_a_signal_at_its_epochs() -> None:
    runs = told({"x": 3.0}, {"x": 1.0}, {"x": None}, {"x": 2.0})
    seen = {at: value(runs, run="a", signal="x", at=at) for at in (2, "last", "lowest", "highest")}
    assert seen == {2: 1.0, "last": 2.0, "lowest": 1.0, "highest": 3.0}
    assert math.isnan(value(runs, run="a", signal="x", at=3))


def test_a_signal_of_a_layer() -> None:
    runs = told({"gradient_norm": {"fc1": 0.5, "output": None}})
    assert value(runs, run="a", signal="gradient_norm", layer="fc1", at=1) == 0.5
    assert math.isnan(value(runs, run="a", signal="gradient_norm", layer="output", at=1))
    with pytest.raises(ValueError, match="did you mean 'fc1'"):
        value(runs, run="a", signal="gradient_norm", layer="fc2", at=1)


def test_a_signal_that_only_diverged() -> None:
    runs = told({"x": None})
    assert math.isnan(value(runs, run="a", signal="x", at="highest"))
    assert value(runs, run="a", signal="x", at="highest", diverged=0.1) == 0.1
    assert value(told({"x": 0.5}), run="a", signal="x", diverged=0.1) == 0.5


def test_epochs_until() -> None:
    runs = told({"x": None}, {"x": 3.0}, {"x": 2.0}, {"x": 1.0})
    assert value(runs, run="a", epochs_until="x", below=2.5) == 3
    assert value(runs, run="a", epochs_until="x", above=2.5) == 2
    assert value(runs, run="a", epochs_until="x", below=1.0) == math.inf
    with pytest.raises(ValueError, match="one of `above` and `below`"):
        quantity(run="a", epochs_until="x", above=1, below=2)


def test_the_std_of_activations() -> None:
    run = trained(preprocess="standardise")
    inputs = run.fold.train.inputs.numpy().astype(np.float64)
    rows = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    cooked = make(run.recipe, run.fold, "cpu")
    weight = cooked.model.get_parameter("fc1.weight").detach().numpy()
    expected = np.maximum(0.0, rows @ weight.T).std(ddof=1)
    assert value({"a": run}, run="a", activation_std="relu1") == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("samples", ["train", "validation"])
def test_accuracy_and_loss_of_the_best_weights(samples: str) -> None:
    run = trained(split={"name": "holdout", "validation": 0.4})
    data = getattr(run.fold, samples)
    state = {name: t.numpy().astype(np.float64) for name, t in run.best().state.items()}
    hidden = np.maximum(0.0, data.inputs.numpy() @ state["fc1.weight"].T + state["fc1.bias"])
    logits = hidden @ state["output.weight"].T + state["output.bias"]
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    targets = data.targets.numpy()
    right, runs = logits.argmax(axis=1) == targets, {"a": run}
    loss = -log_p[np.arange(len(targets)), targets].mean()
    assert value(runs, run="a", best="accuracy", samples=samples) == pytest.approx(right.mean())
    assert value(runs, run="a", best="loss", samples=samples) == pytest.approx(loss, rel=1e-4)


def test_uncertainty_of_the_best_weights() -> None:
    run = trained(model={"name": "mlp", "hidden": [16], "dropout": 0.5})
    found = predict(run.best().model(), run.fold.validation.inputs, 100, run.recipe.seed)
    runs = {"a": run}
    assert value(runs, run="a", best="entropy") == pytest.approx(found.entropy.mean().item())
    assert value(runs, run="a", best="mutual_information") == pytest.approx(
        found.mutual_information.mean().item()
    )
    assert value(runs, run="a", best="entropy", samples="noise") != value(
        runs, run="a", best="entropy"
    )
    with pytest.raises(ValueError, match="noise has no classes"):
        quantity(run="a", best="loss", samples="noise")


@pytest.mark.parametrize(
    ("init", "units"), [("zeros", 1), ("constant", 1), ("he", 8)], ids=["zeros", "constant", "he"]
)
def test_units_that_differ(init: str, units: int) -> None:
    run = trained(model={"name": "mlp", "hidden": [8], "init": init})
    assert value({"a": run}, run="a", distinct_units="fc1") == units


@given(left=numbers, right=st.integers(-1000, 1000).map(float))
def test_ratio_and_difference(left: float, right: float) -> None:
    others = {"l": left, "r": right}
    ratio = value({}, others, ratio=["l", "r"])
    assert ratio == (math.inf if right == 0 else np.divide(left, right))
    assert value({}, others, difference=["l", "r"]) == np.subtract(left, right)


@given(left=numbers, right=numbers, times=st.floats(0.1, 10))
def test_expectations_exclude_each_other(left: float, right: float, times: float) -> None:
    def holds(relation: str, **values: float) -> bool:
        document = {"left": "l", "is": relation, "right": "r", "times": times}
        return Expectation.model_validate(document).holds(values)

    assert holds("below", l=left, r=right) == (left < times * right)
    assert holds("above", l=left, r=right) == (left > times * right)
    assert not holds("below", l=math.nan, r=right)
    assert not holds("above", l=left, r=math.nan)


def test_numbers_are_written_for_a_reader() -> None:
    assert written(0.9744, "share") == "97.4 %"
    assert written(2.3026, "nat") == "2.30"
    assert written(0.00021, "pure") == "2.1e-4"
    assert written(12.0, "count") == "12"
    assert written(math.inf, "count") == "never"
    assert written(math.nan, "share") == "diverged"


def test_files_hold_groups_of_classes(tmp_path: Path) -> None:
    lesson = Lesson.model_validate(
        {
            "name": "made",
            "lesson": "Files are made.",
            "source": "The lesson itself.",
            "files": {"a.npz": {"data": "iris", "rows": [10, 150], "groups": [[2], [0]]}},
            "recipe": {"data": {"name": "npz", "file": "a.npz"}},
            "runs": {"only": {}},
            "sees": {"loss": {"run": "only", "signal": "val_loss"}},
            "shows": "Nothing but {loss}.",
            "expect": [{"left": "loss", "is": "above", "right": 0.0}],
        }
    )
    fold = runs_of(lesson, 0, tmp_path)["only"].fold
    targets = np.concatenate([fold.train.targets.numpy(), fold.validation.targets.numpy()])
    assert np.bincount(targets).tolist() == [50, 40]  # iris has 50 of each, in order
