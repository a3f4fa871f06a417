"""Weights of an earlier run as the beginning: what is taken, what is frozen, what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics import Severity, Verdict
from tests.trainer.transferring import FORM, MLP, checkpoint, ended, recipe
from trainer.checkpoint import PREPROCESS, Checkpoint
from trainer.errors import BadRecipe
from trainer.events import EpochEnded, Judged, Snapshotted, Started
from trainer.form import Form
from trainer.loop import run
from trainer.menu import part
from trainer.recipe import Recipe
from trainer.recipe.transfer import Transfer
from trainer.setup import make
from trainer.snapshot import Snapshot
from trainer.transfer import Start, transferred


def moved(settings: dict[str, Any], start: Checkpoint | None = None, **more: Any) -> set[str]:
    """Which tensors a transferred run has changed."""
    before = start or checkpoint()
    trained = recipe(transfer={"trial": 1} | settings, **more)
    after = ended(list(run(trained, preflight=False, start=before)))
    return {k for k, t in after.state.items() if not torch.equal(t, before.state[k])}


def model(settings: dict[str, Any], form: Form = FORM) -> nn.Module:
    made: nn.Module = part("model", Recipe.model_validate({"model": settings}).model).build(form)
    return made


def sizes(module: nn.Module) -> dict[str, list[int]]:
    return {name: list(parameter.shape) for name, parameter in module.named_parameters()}


HEAD = {"output.weight", "output.bias"}


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"train": "head"}, ["output"]),
        ({"train": "last", "layers": 1}, ["output"]),
        ({"train": "last", "layers": 2}, ["output", "batch2"]),
        ({"train": "last", "layers": 3}, ["output", "batch2", "fc2"]),
        ({"train": "last", "layers": 5}, ["output", "batch2", "fc2", "batch1", "fc1"]),
        ({"train": "all"}, ["output", "batch2", "fc2", "batch1", "fc1"]),
    ],
    ids=str,
)
def test_what_is_frozen_does_not_move_by_a_bit(
    settings: dict[str, Any], changed: list[str]
) -> None:
    """With weight decay, which needs no gradient; moving statistics count as their norm's."""
    found = moved(settings, optimizer={"lr": 0.1, "weight_decay": 0.1})
    assert found == {name for name in checkpoint().state if name.partition(".")[0] in changed}


def test_what_is_dropped_is_trained_among_frozen_layers() -> None:
    assert moved({"train": "head", "drop": ["fc2"]}) == HEAD | {"fc2.weight"}


def test_batch_renorm_rests_too() -> None:
    renormed = MLP | {"norm": "batch_renorm"}
    assert moved({"train": "head"}, checkpoint("batch_renorm"), model=renormed) == HEAD


def test_frozen_layers_see_the_same_before_and_after_an_epoch() -> None:
    """Dropout between frozen layers is off, that of the head is on."""
    chosen = recipe(transfer={"trial": 1, "train": "head"})
    data = part("data", chosen.data).load(Path())
    (fold,) = part("split", chosen.split).folds(data, 0)
    setup = make(chosen, fold, "cpu", Start.of(checkpoint()))
    training = {name for name, module in setup.model.named_modules() if module.training}
    assert training == {"", "dropout2", "output"}
    setup.model.eval()
    setup.train_mode()
    assert {n for n, module in setup.model.named_modules() if module.training} == training


def test_norms_without_weights_rest_with_the_layer_before() -> None:
    net = nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(4, 3),
        nn.BatchNorm1d(3, affine=False),
        nn.Dropout(0.5),
        nn.Linear(3, 3),
        nn.BatchNorm1d(3, affine=False),
        nn.Dropout(0.5),
    )
    plan = transferred(Transfer(trial=1, train="head"), Start(net.state_dict()), net)
    assert [net[i] in plan.resting for i in range(7)] == [True, True, True, False] + 3 * [False]


@pytest.mark.parametrize("layers", [1, 3])
def test_a_step_follows_from_lr_decay(layers: int) -> None:
    """One step on all samples: w ← w − lr · decay^(layers after it) · ∂L/∂w."""
    plain = {"name": "mlp", "hidden": [9, 7]}
    settings = {"model": plain, "epochs": 1, "batch_size": 2000, "optimizer": {"lr": 0.5}}
    start = ended(list(run(Recipe.model_validate(settings), preflight=False)))
    transfer = {"trial": 1, "train": "last", "layers": layers, "lr_decay": 0.4}
    fine = Recipe.model_validate(settings | {"transfer": transfer})
    after = ended(list(run(fine, preflight=False, start=start))).state

    data = part("data", fine.data).load(Path())
    (fold,) = part("split", fine.split).folds(data, 0)
    twin = model(plain)
    twin.load_state_dict(start.state)
    F.cross_entropy(twin(fold.train.inputs), fold.train.targets).backward()
    order = ["output", "fc2", "fc1"]
    for name, parameter in twin.named_parameters():
        after_it = order.index(name.partition(".")[0])
        rate = 0.5 * 0.4**after_it if after_it < layers else 0.0
        assert parameter.grad is not None
        expected = parameter.detach() - rate * parameter.grad
        torch.testing.assert_close(after[name], expected, rtol=1e-5, atol=1e-6)


def three_classes(folder: Path) -> dict[str, str]:
    """Digits 0 to 2 as a data file."""
    digits = load_digits(n_class=3)
    inputs = (digits.images[:, None] / 16).astype(np.float32)
    np.savez(folder / "three.npz", inputs=inputs, targets=digits.target.astype(np.int64))
    return {"name": "npz", "file": "three.npz"}


def test_a_head_for_other_classes_begins_afresh(tmp_path: Path) -> None:
    chosen = recipe(data=three_classes(tmp_path), transfer={"trial": 1, "train": "head"}, seed=7)
    events = list(run(chosen, folder=tmp_path, preflight=False, start=checkpoint()))
    after = ended(events)
    assert after.state["output.weight"].shape == (3, 12)
    frozen = [k for k in after.state if not k.startswith("output")]
    assert all(torch.equal(after.state[k], checkpoint().state[k]) for k in frozen)
    assert isinstance(events[0], Started)
    assert events[0].parameters == 3 * 12 + 3
    accuracy = after.metrics["val_accuracy"]
    assert accuracy is not None
    assert accuracy > 0.9
    assert after.model()(torch.zeros(2, 1, 8, 8)).shape == (2, 3)


def test_a_new_head_is_that_of_the_seed() -> None:
    def made(seed: int, **settings: Any) -> nn.Module:
        torch.manual_seed(seed)
        fresh = model(MLP)
        transferred(Transfer(trial=1, **settings), Start.of(checkpoint()), fresh)
        return fresh

    torch.manual_seed(3)
    untouched = model(MLP)
    kept, new = made(3), made(3, new_head=True)
    assert torch.equal(kept.output.weight, checkpoint().state["output.weight"])
    assert torch.equal(new.output.weight, untouched.output.weight)
    assert torch.equal(new.fc1.weight, checkpoint().state["fc1.weight"])


def test_a_new_head_may_have_another_name() -> None:
    state = model({"name": "mlp", "hidden": [4]}).state_dict()
    renamed = {k.replace("output", "classifier"): t for k, t in state.items()}
    fresh = model({"name": "mlp", "hidden": [4]})
    wanted = Transfer(trial=1, new_head=True, drop=["classifier"])
    transferred(wanted, Start(renamed), fresh)
    assert torch.equal(fresh.fc1.weight, state["fc1.weight"])


@pytest.mark.parametrize(
    ("source", "target", "drop", "sentence"),
    [
        ([4], [4, 4], [], "layer 'fc2' is not found in the checkpoint; name it here"),
        ([4, 4], [4], [], "the checkpoint's layer 'fc2' is not found in the model; name it"),
        ([4], [5], [], "fc1.weight is [5, 64] here and [4, 64] in the checkpoint"),
        ([4], [5], ["fc1"], "output.weight is [10, 5] here and [10, 4] in the checkpoint"),
        ([4], [4], ["fc_1"], "no layer 'fc_1', here or in the checkpoint; did you mean 'fc1'?"),
        ([4], [4], ["fc1", "output"], "leaves nothing of the checkpoint"),
    ],
    ids=str,
)
def test_layers_that_do_not_fit(
    source: list[int], target: list[int], drop: list[str], sentence: str
) -> None:
    start = Start(model({"name": "mlp", "hidden": source}).state_dict())
    fresh = model({"name": "mlp", "hidden": target})
    with pytest.raises(BadRecipe) as error:
        transferred(Transfer(trial=1, drop=drop), start, fresh)
    assert error.value.field == "transfer.drop"
    assert sentence in str(error.value)


def test_layers_are_removed_and_replaced() -> None:
    start = Start(model({"name": "mlp", "hidden": [4, 6, 5]}).state_dict())
    fresh = model({"name": "mlp", "hidden": [4, 5]})
    transferred(Transfer(trial=1, train="head", drop=["fc2", "fc3"], new_head=True), start, fresh)
    assert torch.equal(fresh.fc1.weight, start.state["fc1.weight"])
    trainable = {n for n, p in fresh.named_parameters() if p.requires_grad}
    assert trainable == HEAD | {"fc2.weight", "fc2.bias"}


def test_a_bias_that_has_no_place_is_not_lost_silently() -> None:
    start = Start(model({"name": "mlp", "hidden": [4]}).state_dict())
    with pytest.raises(BadRecipe, match=r"fc1\.bias is absent here and \[4\] in the checkpoint"):
        transferred(
            Transfer(trial=1, drop=["batch1"]),
            start,
            model({"name": "mlp", "hidden": [4], "norm": "batch"}),
        )


def test_a_name_stands_for_all_inside_of_it() -> None:
    settings = {"name": "resnet", "depth": 8, "width": 4}
    form = Form((1, 8, 8), 10)
    start, fresh = Start(model(settings, form).state_dict()), model(settings, form)
    before = {name: parameter.clone() for name, parameter in fresh.named_parameters()}
    transferred(Transfer(trial=1, train="head", drop=["stage3"]), start, fresh)
    for name, parameter in fresh.named_parameters():
        dropped = name.startswith("stage3")
        assert torch.equal(parameter, before[name] if dropped else start.state[name])
        assert parameter.requires_grad == (dropped or name in HEAD)


def test_every_head_of_a_model_is_one() -> None:
    settings = {"name": "inception", "auxiliary": 1}
    form = Form((3, 16, 16), 4)
    start = Start(model(settings, replace(form, outputs=7)).state_dict())
    fresh = model(settings, form)
    plan = transferred(Transfer(trial=1, train="head"), start, fresh)
    trainable = {n.rpartition(".")[0] for n, p in fresh.named_parameters() if p.requires_grad}
    assert trainable == {"output", "auxiliary.block2.output"}
    assert fresh not in plan.resting
    assert len(fresh(torch.zeros(2, 3, 16, 16))) == 2  # heads put out in training mode only


def test_more_layers_than_there_are() -> None:
    start = Start.of(checkpoint())
    with pytest.raises(BadRecipe, match=r"transfer\.layers: the model has 5 layers") as error:
        transferred(Transfer(trial=1, train="last", layers=6), start, model(MLP))
    assert "fc1, batch1.norm, fc2, batch2.norm, output" in str(error.value)


def test_nothing_left_to_train() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].requires_grad_(False)
    with pytest.raises(BadRecipe, match=r"transfer\.train: leaves nothing"):
        transferred(Transfer(trial=1, train="head"), Start(net.state_dict()), net)


def test_the_same_preprocessing_is_taken_over_another_is_refused(tmp_path: Path) -> None:
    start = checkpoint(preprocess="standardise")
    data = three_classes(tmp_path)
    transfer = {"trial": 1, "train": "head"}

    def means(preprocess: str) -> Tensor:
        chosen = recipe(data=data, transfer=transfer, preprocess=preprocess, epochs=1)
        after = ended(list(run(chosen, folder=tmp_path, preflight=False, start=start)))
        return after.state[PREPROCESS + "mean"]

    theirs = start.state[PREPROCESS + "mean"]
    assert torch.equal(means("standardise"), theirs)
    with pytest.raises(BadRecipe, match="inputs went through standardise"):
        means("mean_image")


@pytest.mark.parametrize(
    "other",
    [{"data_seed": 1}, {"split": {"validation": 0.3}}, {"split": "k_fold"}],
    ids=["data_seed", "share", "k_fold"],
)
def test_what_judges_was_not_trained_on(other: dict[str, Any]) -> None:
    """The checkpoint has seen four fifths of what another split would hold out."""
    with pytest.raises(BadRecipe, match=r"would judge here; take its split and data_seed \(0\)"):
        next(run(recipe(transfer={"trial": 1}, **other), start=checkpoint()))
    few = {"split": {"labels_per_class": 5}}  # the same are held out
    next(run(recipe(transfer={"trial": 1}, **few), start=checkpoint()))


def test_what_is_frozen_is_not_judged() -> None:
    transfer = {"trial": 1, "train": "head", "new_head": True}
    events = list(run(recipe(transfer=transfer, epochs=6, seed=5, data_seed=0), start=checkpoint()))
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    for signal in ("update_ratio", "gradient_norm", "weight_norm"):
        measured = epochs[-1].signals[signal]
        assert isinstance(measured, dict)
        assert list(measured) == ["output"]
    verdicts = {e.verdict.check: e.verdict for e in events if isinstance(e, Judged)}
    for check in ("initial_loss", "update_ratio", "non_finite", "diverging"):
        assert verdicts[check].severity is Severity.PASS, verdicts[check].summary


def test_a_low_initial_loss_is_no_leak() -> None:
    def verdict(chosen: Recipe, **start: Any) -> Verdict:
        judged = [e.verdict for e in run(chosen, **start) if isinstance(e, Judged)]
        return next(v for v in judged if v.check == "initial_loss")

    found = verdict(recipe(transfer={"trial": 1}, epochs=1), start=checkpoint())
    assert found.severity is Severity.PASS
    assert "trained before" in found.summary


def test_goes_on_bit_for_bit() -> None:
    transfer = {"trial": 1, "train": "last", "layers": 3, "lr_decay": 0.5, "new_head": True}
    chosen = recipe(
        transfer=transfer,
        preprocess="standardise",
        epochs=3,
        snapshots={"every": 1, "keep": "all"},
    )
    start = checkpoint(preprocess="standardise")
    whole = list(run(chosen, preflight=False, start=start))
    first = next(e.snapshot for e in whole if isinstance(e, Snapshotted))
    again = Snapshot.from_bytes(first.to_bytes())
    rest = list(run(chosen, preflight=False, start=start, resume=again))
    losses = [e.metrics for e in whole if isinstance(e, EpochEnded)][1:]
    assert [e.metrics for e in rest if isinstance(e, EpochEnded)] == losses
    assert ended(rest).to_bytes() == ended(whole).to_bytes()


def test_folds_start_from_the_same(tmp_path: Path) -> None:
    split, transfer = {"name": "k_fold", "folds": 2}, {"trial": 1, "train": "head"}
    chosen = recipe(data=three_classes(tmp_path), split=split, transfer=transfer)
    after = ended(list(run(chosen, folder=tmp_path, preflight=False, start=checkpoint())))
    assert torch.equal(after.state["fc1.weight"], checkpoint().state["fc1.weight"])


def test_the_trial_s_checkpoint_and_the_recipe_belong_together() -> None:
    with pytest.raises(BadRecipe, match=r"transfer\.trial: the trial's checkpoint is needed"):
        list(run(recipe(transfer={"trial": 4})))
    with pytest.raises(BadRecipe, match="say what to do with it"):
        list(run(recipe(), start=checkpoint()))
