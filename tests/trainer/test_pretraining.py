"""Greedy layer-wise pretraining: what it trains, from what it follows, and that it helps."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainer.errors import BadRecipe
from trainer.events import Ended, EpochEnded, PreflightEnded, Snapshotted
from trainer.loop import run
from trainer.menu import part
from trainer.pretraining import _corrupted, _decoder, layer_by_layer
from trainer.recipe import Recipe
from trainer.seeds import Stream, seeded
from trainer.snapshot import Snapshot

FEW: dict[str, Any] = {"split": {"name": "holdout", "labels_per_class": 5}, "batch_size": 10}
DEEP = {"hidden": [128] * 3, "activation": "sigmoid", "init": "xavier"}


def recipe(**settings: Any) -> Recipe:
    return Recipe.model_validate(settings)


def digits() -> Tensor:
    inputs: Tensor = part("data", recipe().data).load(Path()).inputs
    return inputs


def pretrained(chosen: Recipe, inputs: Tensor) -> tuple[nn.Module, dict[str, list[float]]]:
    torch.manual_seed(0)
    data = part("data", chosen.data).load(Path())
    model = part("model", chosen.model).build(data.form)
    assert chosen.pretraining is not None
    return model, layer_by_layer(chosen, chosen.pretraining, model, inputs)


@pytest.mark.parametrize(
    "model",
    [
        {"hidden": [32, 16, 8]},
        {"hidden": [32, 16], "norm": "batch", "dropout": 0.5},
        {"hidden": [32, 16], "activation": "prelu", "norm": "layer"},
    ],
    ids=str,
)
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_every_layer_learns_to_give_back_its_inputs(model: dict[str, Any], noise: float) -> None:
    chosen = recipe(model=model, pretraining={"epochs": 8, "noise": noise})
    _, losses = pretrained(chosen, digits())
    assert list(losses) == [f"fc{n}" for n in range(1, len(model["hidden"]) + 1)]
    for curve in losses.values():
        assert len(curve) == 8
        assert curve[-1] < 0.8 * curve[0]


def test_a_linear_layer_finds_the_principal_subspace() -> None:
    """Its least loss is the variance outside of it (Baldi and Hornik 1989)."""
    inputs = digits()[:500] - digits()[:500].mean(dim=0)
    model = {"hidden": [8], "activation": {"name": "leaky_relu", "slope": 1.0}}
    settings = {"epochs": 150, "lr": 3e-3, "batch_size": 500}
    _, losses = pretrained(recipe(model=model, pretraining=settings), inputs)
    variances = torch.linalg.svdvals(inputs.flatten(1).double()) ** 2
    least = float(variances[8:].sum()) / inputs.numel()
    assert least < losses["fc1"][-1] < 1.5 * least


def test_the_output_layer_and_the_layers_before_are_left_alone() -> None:
    shallow, deep = ({"hidden": [32, 16][:n], "norm": "batch"} for n in (1, 2))
    one, _ = pretrained(recipe(model=shallow, pretraining={"epochs": 2}), digits())
    two, _ = pretrained(recipe(model=deep, pretraining={"epochs": 2}), digits())
    torch.manual_seed(0)
    untrained = part("model", recipe(model=deep).model).build(recipe_form())
    assert torch.equal(two.output.weight, untrained.output.weight)
    assert not torch.equal(two.fc2.weight, untrained.fc2.weight)
    for name, tensor in two.state_dict().items():
        if name.startswith(("fc1", "batch1")):
            assert torch.equal(tensor, one.state_dict()[name])
    steps = 2 * math.ceil(len(digits()) / 64)  # encoding for the next layer counts as none
    assert two.batch1.norm.num_batches_tracked == two.batch2.norm.num_batches_tracked == steps
    assert all(p.grad is None for p in two.parameters())
    assert all(module.training for module in two.modules())


def recipe_form() -> Any:
    return part("data", recipe().data).load(Path()).form


def test_a_slow_twin_takes_the_same_steps() -> None:
    """All samples in each step, no noise: Adam by its formula, gradients in float64."""
    inputs, epochs, lr = digits()[:200], 5, 1e-2
    settings = {"epochs": epochs, "lr": lr, "batch_size": 200}
    chosen = recipe(model={"hidden": [6], "activation": "tanh"}, pretraining=settings)
    model, losses = pretrained(chosen, inputs)

    torch.manual_seed(0)
    twin = part("model", chosen.model).build(recipe_form())
    decoder = _decoder(chosen, 1, nn.Sequential(twin.fc1), inputs.flatten(1))
    x = inputs.flatten(1).double()
    weights = [p.detach().double() for m in (twin.fc1, decoder) for p in m.parameters()]
    first, second = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    for step in range(1, epochs + 1):
        weights = [w.requires_grad_() for w in weights]
        hidden = torch.tanh(x @ weights[0].T + weights[1])
        loss = F.mse_loss(hidden @ weights[2].T + weights[3], x)
        assert losses["fc1"][step - 1] == pytest.approx(loss.item(), rel=1e-4)
        gradients = torch.autograd.grad(loss, weights)
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradients, strict=True)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradients, strict=True)]
        weights = [
            (w - lr * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)).detach()
            for w, m, v in zip(weights, first, second, strict=True)
        ]
    torch.testing.assert_close(model.fc1.weight.double(), weights[0], rtol=1e-3, atol=1e-5)


def test_it_follows_from_the_seeds_alone() -> None:
    def first_layer(seed: int, data_seed: int) -> Tensor:
        settings = {"epochs": 2, "noise": 0.5}
        chosen = recipe(pretraining=settings, seed=seed, data_seed=data_seed)
        torch.rand(seed + data_seed)  # other draws do not matter
        model, _ = pretrained(chosen, digits())
        weight: Tensor = model.fc1.weight.detach()
        return weight

    same = first_layer(1, 2)
    before = torch.get_rng_state()
    again = first_layer(1, 2)
    assert torch.equal(same, again)
    assert not torch.equal(same, first_layer(1, 3))
    assert not torch.equal(same, first_layer(3, 2))
    torch.set_rng_state(before)


def test_noise_is_the_share_that_is_zero() -> None:
    torch.manual_seed(0)
    clean = torch.rand(200, 500) + 1
    noisy = _corrupted(clean, 0.3)
    kept = noisy != 0
    assert kept.double().mean().item() == pytest.approx(0.7, abs=0.01)
    assert torch.equal(noisy[kept], clean[kept])
    assert _corrupted(clean, 0.0) is clean


def test_unlabelled_inputs_are_used() -> None:
    """The same 50 labels, with and without the inputs of the others."""
    few = recipe(**FEW, pretraining={"epochs": 2}, epochs=1)
    events = list(run(few, preflight=False))
    epoch = next(event for event in events if isinstance(event, EpochEnded))
    measured = epoch.signals["pretraining_loss"]
    assert isinstance(measured, dict)
    assert list(measured) == ["fc1"]
    data = part("data", few.data).load(Path())
    (fold,) = part("split", few.split).folds(data, 0)
    assert fold.unlabelled is not None
    every = torch.cat([fold.train.inputs, fold.unlabelled.inputs])
    assert len(every) == 1437
    with seeded("cpu", Stream.WEIGHTS, few.seed):
        model = part("model", few.model).build(data.form)
    assert few.pretraining is not None
    curve = layer_by_layer(few, few.pretraining, model, every)
    assert measured["fc1"] == curve["fc1"][-1]


def test_the_preflight_sees_the_pretrained_model_and_the_signal_is_told_once() -> None:
    plain = recipe(epochs=2)
    chosen = plain.model_copy(update={"pretraining": recipe(pretraining={"epochs": 3}).pretraining})
    first = [e for e in run(plain) if isinstance(e, PreflightEnded | EpochEnded)]
    second = [e for e in run(chosen) if isinstance(e, PreflightEnded | EpochEnded)]
    assert first[0].signals["initial_loss"] != second[0].signals["initial_loss"]
    assert ["pretraining_loss" in event.signals for event in second] == [False, True, False]
    assert not any("pretraining_loss" in event.signals for event in first)


@pytest.mark.parametrize("split", ["holdout", {"name": "k_fold", "folds": 2}], ids=str)
def test_goes_on_bit_for_bit(split: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "split": split,
        "model": {"hidden": [16, 8], "norm": "batch"},
        "pretraining": {"epochs": 2, "noise": 0.2},
        "epochs": 3,
        "snapshots": {"every": 1, "keep": "all"},
    }
    whole = list(run(recipe(**settings), preflight=False))
    first = next(e.snapshot for e in whole if isinstance(e, Snapshotted))
    again = Snapshot.from_bytes(first.to_bytes())
    rest = list(run(recipe(**settings), preflight=False, resume=again))
    metrics = [e.metrics for e in whole if isinstance(e, EpochEnded)][1:]
    assert [e.metrics for e in rest if isinstance(e, EpochEnded)] == metrics
    assert not any("pretraining_loss" in e.signals for e in rest if isinstance(e, EpochEnded))
    last, same = rest[-1], whole[-1]
    assert isinstance(last, Ended)
    assert isinstance(same, Ended)
    assert last.checkpoint is not None
    assert same.checkpoint is not None
    assert last.checkpoint.to_bytes() == same.checkpoint.to_bytes()


def test_only_an_mlp_is_pretrained() -> None:
    for model, field in (("small_cnn", "pretraining"), ({"hidden": []}, "model.hidden")):
        with pytest.raises(BadRecipe) as error:
            list(run(recipe(model=model, pretraining={})))
        assert error.value.field == field


def test_a_last_batch_of_one_is_avoided() -> None:
    chosen = recipe(model={"hidden": [8], "norm": "batch"}, pretraining={"batch_size": 8})
    _, losses = pretrained(chosen, digits()[:17])
    assert all(loss > 0 for loss in losses["fc1"])


def test_it_helps_with_five_labels_a_class() -> None:
    """Deep sigmoid networks, which training from scratch hardly moves (Erhan et al. 2010)."""

    def accuracy(pretraining: dict[str, Any] | None) -> float:
        settings = {"epochs": 40, "optimizer": {"name": "adam"}, "seed": 1}
        chosen = recipe(**FEW, **settings, model=DEEP, pretraining=pretraining)
        events = run(chosen, preflight=False)
        scores = [e.metrics["val_accuracy"] for e in events if isinstance(e, EpochEnded)]
        return max(score for score in scores if score is not None)

    assert accuracy({"epochs": 20, "lr": 3e-3, "noise": 0.3}) > accuracy(None) + 0.05
