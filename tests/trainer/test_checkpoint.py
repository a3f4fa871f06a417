"""Checkpoints come back bit for bit, rebuild their model alone, and nothing else passes for one."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from trainer.checkpoint import Checkpoint, load_model
from trainer.errors import BadCheckpoint
from trainer.evaluation import evaluate
from trainer.events import Ended
from trainer.form import Form
from trainer.loop import run
from trainer.menu import part
from trainer.recipe import Recipe

RECIPE = Recipe.model_validate(
    {
        "model": {"name": "small_cnn", "channels": [4], "dropout": 0.1},
        "optimizer": {"lr": 0.1, "momentum": 0.9},
        "loss": {"label_smoothing": 0.1},
        "epochs": 3,
    }
)


@cache
def trained() -> Checkpoint:
    *_, ended = run(RECIPE, preflight=False)
    assert isinstance(ended, Ended)
    assert ended.checkpoint is not None
    return ended.checkpoint


@cache
def content() -> bytes:
    return trained().to_bytes()


def test_round_trip_bit_for_bit() -> None:
    again = Checkpoint.from_bytes(content())
    assert replace(again, state={}) == replace(trained(), state={})
    assert again.state.keys() == trained().state.keys()
    for name, tensor in trained().state.items():
        assert again.state[name].dtype == tensor.dtype
        assert torch.equal(again.state[name], tensor)
    assert again.to_bytes() == content()


def test_the_loaded_model_scores_as_reported(tmp_path: Path) -> None:
    everything = part("data", RECIPE.data).load(Path())
    (fold,) = part("split", RECIPE.split).folds(everything, RECIPE.resolved_data_seed())
    validation = fold.validation
    path = tmp_path / "best.safetensors"
    path.write_bytes(content())
    for source in (content(), path, str(path)):
        loss, accuracy = evaluate(
            load_model(source), part("loss", RECIPE.loss).build(validation.form), validation
        )
        assert accuracy == trained().metrics["val_accuracy"]
        assert loss == trained().metrics["val_loss"]


def test_the_loaded_model_is_in_evaluation_mode_and_costs_no_random_numbers() -> None:
    before = torch.get_rng_state()
    model = load_model(content())
    assert not any(module.training for module in model.modules())
    assert torch.equal(torch.get_rng_state(), before)


def test_metrics_may_be_missing() -> None:
    diverged = replace(trained(), metrics={"val_accuracy": 0.1, "val_loss": None})
    assert Checkpoint.from_bytes(diverged.to_bytes()).metrics == diverged.metrics


def test_weights_that_are_not_contiguous() -> None:
    strided = {name: t.t().contiguous().t() for name, t in trained().state.items() if t.ndim == 2}
    assert any(not tensor.is_contiguous() for tensor in strided.values())
    again = Checkpoint.from_bytes(replace(trained(), state=strided).to_bytes())
    assert all(torch.equal(again.state[name], tensor) for name, tensor in strided.items())


@given(share=st.floats(0.0, 1.0, exclude_max=True))
def test_a_truncated_file(share: float) -> None:
    with pytest.raises(BadCheckpoint, match="this is no checkpoint of ours"):
        Checkpoint.from_bytes(content()[: int(share * len(content()))])


@given(st.binary(max_size=200))
def test_random_bytes(noise: bytes) -> None:
    for broken in (noise, noise + content()[len(noise) :], content() + noise + b"x"):
        if broken != content():
            with pytest.raises(BadCheckpoint):
                Checkpoint.from_bytes(broken)


@given(st.integers(0, 2000), st.integers(1, 255))
def test_a_flipped_byte_of_the_header_is_never_another_error(where: int, flip: int) -> None:
    broken = bytearray(content())
    broken[where % len(broken)] ^= flip
    try:
        Checkpoint.from_bytes(bytes(broken)).model()
    except BadCheckpoint:
        return


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"format": "pt"},
        {"sitter": "{}"},
        {"sitter": "no json"},
        {"sitter": "[" * 100_000},
    ],
)
def test_foreign_safetensors(metadata: dict[str, str] | None) -> None:
    foreign = save({"weight": torch.ones(2)}, metadata=metadata)
    with pytest.raises(BadCheckpoint, match="this is no checkpoint of ours"):
        load_model(foreign)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (b'"name":"small_cnn"', b'"name":"large_cnn"'),
        (b'"epoch":', b'"epoch":-'),
        (b'"outputs":10', b'"outputs":-1'),
        (b'"shape":[1,', b'"shape":[0,'),
    ],
)
def test_a_header_that_says_nonsense(ours: bytes, theirs: bytes) -> None:
    quoted, changed = (text.replace(b'"', b'\\"') for text in (ours, theirs))
    header = int.from_bytes(content()[:8], "little")
    text = content()[8 : 8 + header]
    assert quoted in text
    text = text.replace(quoted, changed)
    broken = len(text).to_bytes(8, "little") + text + content()[8 + header :]
    with pytest.raises(BadCheckpoint, match="this is no checkpoint of ours"):
        Checkpoint.from_bytes(broken)


@pytest.mark.parametrize("recipe", [Recipe(), Recipe.model_validate({"model": "small_cnn"})])
def test_weights_of_another_recipe(recipe: Recipe) -> None:
    wrong = replace(trained(), recipe=recipe).to_bytes()
    with pytest.raises(BadCheckpoint, match="the weights do not fit the recipe's model"):
        load_model(wrong)


def test_a_shape_that_the_model_cannot_take() -> None:
    flat = replace(trained(), form=Form((64,), 10)).to_bytes()
    with pytest.raises(BadCheckpoint, match=r"takes images \[C, H, W\]"):
        load_model(flat)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "none.safetensors")
