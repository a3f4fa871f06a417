"""What a recipe comes to: steps, learning rates, stacks and warnings."""

import subprocess
import sys
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer import explain
from trainer.recipe import Recipe, parse_distribution
from trainer.recipe.augment import Augment


def recipe(**settings: Any) -> Recipe:
    return Recipe.model_validate(settings)


@given(samples=st.integers(1, 10_000), batch=st.integers(1, 10_000))
def test_steps_take_every_sample_once(samples: int, batch: int) -> None:
    steps = explain.steps_per_epoch(recipe(batch_size=batch), samples)
    assert (steps - 1) * batch < samples <= steps * batch


@pytest.mark.parametrize("samples", [640, None])
def test_lr_of_a_cosine(samples: int | None) -> None:
    chosen = recipe(optimizer={"lr": 0.4}, schedule="cosine", epochs=10, batch_size=64)
    course = explain.lr_course(chosen, samples)
    assert course["start"] == 0.4
    assert course["middle"] == pytest.approx(0.2)
    assert 0 < course["end"] < 0.001


def test_lr_of_one_step_is_the_same_throughout() -> None:
    assert explain.lr_course(recipe(epochs=1), samples=10) == dict.fromkeys(
        ("start", "middle", "end"), 0.1
    )


def test_what_divides_stacks() -> None:
    space = {
        "optimizer.lr": parse_distribution({"log_uniform": [1e-3, 1.0]}),
        "model.hidden": parse_distribution({"choice": [[8], [16]]}),
        "model.dropout": parse_distribution({"uniform": [0.0, 0.5]}),
        "batch_size": parse_distribution({"values": [32, 64]}),
    }
    assert explain.dividing(recipe(), space) == ["model.hidden", "batch_size"]


def test_unstackable_parts_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    class Alone(Augment):
        name: Literal["alone"] = "alone"
        unstackable: ClassVar[str | None] = "it looks at the model"

    chosen = recipe().model_copy(update={"augment": [Alone()]})
    assert explain.unstackable(chosen) == [
        explain.Unstackable("augment.0", "alone", "it looks at the model")
    ]
    assert explain.unstackable(recipe()) == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"batch_size": 101}, "batch_size 101 is more than the 100 training samples"),
        ({"batch_size": 33, "model": {"norm": "batch"}}, "one sample, of which batch norm"),
        ({"early_stopping": {"patience": 20}}, "patience 20 never stops a run of 20 epochs"),
    ],
    ids=["batch", "last batch", "patience"],
)
def test_warnings(settings: dict[str, Any], says: str) -> None:
    [warning] = explain.warnings(recipe(**settings), samples=100)
    assert says in warning


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": 100},
        {"batch_size": 33},
        {"batch_size": 34, "model": {"norm": "batch"}},
        {"early_stopping": {"patience": 19}},
    ],
    ids=str,
)
def test_nothing_to_warn_of(settings: dict[str, Any]) -> None:
    assert explain.warnings(recipe(**settings), samples=100) == []


def test_batches_are_not_judged_without_the_data() -> None:
    assert explain.warnings(recipe(batch_size=1_000_000), samples=None) == []


def test_it_needs_no_torch() -> None:
    code = (
        "import sys; from trainer import explain; from trainer.recipe import Recipe;"
        "explain.lr_course(Recipe(), 10); explain.unstackable(Recipe());"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
