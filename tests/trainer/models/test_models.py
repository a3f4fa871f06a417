"""What every model must do, whatever it is."""

from copy import deepcopy
from math import prod
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.menu import KINDS, part
from trainer.recipe import Recipe, entries
from trainer.recipe.models import Model

CLASSES, SAMPLES, WORDS = 5, 16, 11
SMALL: dict[str, dict[str, Any]] = {  # enough to have every kind of layer, and no more
    "autoencoder": {"hidden": [8], "code": 4},
    "bag_of_embeddings": {"dimensions": 8, "hidden": [8]},
    "inception": {"blocks": [1, 1], "auxiliary": 1},
    "mlp": {"hidden": [8, 8]},
    "plain_cnn": {"depth": 8, "width": 4},
    "resnet": {"depth": 8, "width": 4},
    "small_cnn": {"channels": [4, 6]},
    "text_cnn": {"dimensions": 8, "filters": 4, "widths": [2, 3], "dropout": 0.0},
    "unet": {"width": 2},
}
IMAGES = [(1, 8, 8), (3, 7, 5), (1, 1, 1), (2, 1, 9), (1, 3, 1), (3, 32, 32)]
TEXTS = [(12,), (1,), (2,), (40,)]
READ_TEXTS = ("bag_of_embeddings", "text_cnn")
DENSE = ("bag_of_embeddings", "mlp")  # nothing in them is an image
IMAGES_ONLY = ("instance", "lrn_intra")
NORMS: dict[str, Any] = {name: name for name in KINDS["norm"].names()}
NORMS["group"] = {"name": "group", "groups": 2}
MODELS = KINDS["model"].names()


def shapes(name: str) -> list[tuple[int, ...]]:
    return list(TEXTS if name in READ_TEXTS else IMAGES)


def form_of(name: str, shape: tuple[int, ...] | None = None) -> Form:
    """What the model is for; `shape` by default the first of its shapes."""
    shape = shape or shapes(name)[0]
    if name in READ_TEXTS:
        return Form(shape, CLASSES, vocabulary=WORDS)
    if name == "autoencoder":
        return Form(shape, prod(shape), "regression")
    return Form(shape, CLASSES, "segmentation" if name == "unet" else "classification")


def build(name: str, form: Form | None = None, seed: int = 0, **settings: Any) -> nn.Module:
    torch.manual_seed(seed)
    chosen = {"name": name, **SMALL.get(name, {}), **settings}
    recipe = Recipe.model_validate({"model": chosen})
    model: nn.Module = part("model", recipe.model).build(form or form_of(name))
    return model


def batch(form: Form) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    shape = (SAMPLES, *form.shape)
    if form.vocabulary:
        inputs = torch.randint(form.vocabulary, shape, generator=generator)
    else:
        inputs = torch.randn(shape, generator=generator)
    if form.task == "regression":
        return inputs, inputs.flatten(1)
    each = form.shape[1:] if form.task == "segmentation" else ()
    return inputs, torch.randint(CLASSES, (SAMPLES, *each), generator=generator)


def inputs_of(name: str) -> Tensor:
    return batch(form_of(name))[0]


def heads(outputs: Tensor | list[Tensor]) -> list[Tensor]:
    """The output, then those of the auxiliary heads."""
    return outputs if isinstance(outputs, list) else [outputs]


def toy_loss(outputs: Tensor | list[Tensor], targets: Tensor) -> Tensor:
    loss = F.mse_loss if targets.is_floating_point() else F.cross_entropy
    return torch.stack([loss(each, targets) for each in heads(outputs)]).sum()


def having(setting: str) -> list[str]:
    return [name for name in MODELS if setting in entries(Model)[name].model_fields]


@pytest.mark.parametrize(
    ("name", "shape"),
    [(name, shape) for name in MODELS for shape in shapes(name)],
    ids=lambda value: value if isinstance(value, str) else "×".join(map(str, value)),
)
def test_any_size_gives_outputs(name: str, shape: tuple[int, ...]) -> None:
    form = form_of(name, shape)
    pixels = shape[1:] if form.task == "segmentation" else ()
    model = build(name, form)
    for mode in (True, False):
        outputs = heads(model.train(mode)(batch(form)[0]))
        assert {each.shape for each in outputs} == {(SAMPLES, form.outputs, *pixels)}
        assert all(each.isfinite().all() for each in outputs)
    assert len(outputs) == 1  # evaluated without auxiliary heads


@pytest.mark.parametrize("activation", KINDS["activation"].names())
@pytest.mark.parametrize("name", MODELS)
def test_a_step_lowers_the_loss(name: str, activation: str) -> None:
    model = build(name, activation=activation, init="xavier").eval()
    inputs, targets = batch(form_of(name))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = toy_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", having("norm"))
def test_each_norm(name: str, norm: str) -> None:
    if name in DENSE and norm in IMAGES_ONLY:
        with pytest.raises(BadRecipe, match=r"model\.norm"):
            build(name, norm=NORMS[norm])
        return
    model = build(name, norm=NORMS[norm])
    inputs, targets = batch(form_of(name))
    toy_loss(model(inputs), targets).backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    assert all(each is not None and each.isfinite().all() for each in gradients)
    paths = [path.rpartition(".")[2] for path, _ in model.named_modules()]
    assert any(path.startswith(norm) for path in paths) == (norm != "none")


@pytest.mark.parametrize("name", MODELS)
def test_the_seed_decides_the_weights(name: str) -> None:
    first, same, other = (build(name, seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[key], same[key]) for key in first)
    drawn = [key for key in first if first[key].ndim > 1]
    assert drawn
    assert not any(torch.equal(first[key], other[key]) for key in drawn)


@pytest.mark.parametrize("name", MODELS)
def test_state_dict_round_trip(name: str) -> None:
    first, other = build(name), build(name, seed=1)
    inputs = inputs_of(name)
    first(inputs)  # moves the statistics of its norms
    other.load_state_dict(first.state_dict())
    assert torch.equal(first.eval()(inputs), other.eval()(inputs))


@pytest.mark.parametrize("name", MODELS)
def test_samples_do_not_see_each_other(name: str) -> None:
    inputs = inputs_of(name)
    model = build(name).eval()
    assert torch.allclose(model(inputs)[:3], model(inputs[:3]), atol=1e-6)


@pytest.mark.parametrize("name", having("dropout"))
def test_dropout_acts_in_training_only(name: str) -> None:
    inputs = inputs_of(name)
    model = build(name, dropout=0.5)
    for first, again in zip(heads(model(inputs)), heads(model(inputs)), strict=True):
        assert not torch.equal(first, again)
    model.eval()
    assert torch.equal(model(inputs), model(inputs))
    plain = build(name)
    assert not any(isinstance(module, nn.Dropout) for module in plain.modules())
    assert model.state_dict().keys() == plain.state_dict().keys()


@pytest.mark.parametrize(
    ("activation", "kind"), [("relu", nn.Dropout2d), ("selu", nn.FeatureAlphaDropout)]
)
@pytest.mark.parametrize("name", having("spatial_dropout"))
def test_spatial_dropout_is_of_maps(name: str, activation: str, kind: type[nn.Module]) -> None:
    model = build(name, dropout=0.5, spatial_dropout=True, activation=activation)
    [found] = [m for m in model.modules() if isinstance(m, kind)]
    seen: list[Tensor] = []
    found.register_forward_hook(lambda _, __, output: seen.append(output))
    model(inputs_of(name))
    maps = seen[0].flatten(2)
    same = (maps == maps[:, :, :1]).all(dim=2)  # a map that is dropped has one value
    assert maps.shape[2] > 1
    assert 0.2 < same.float().mean() < 0.9
    assert not any(isinstance(m, nn.Dropout) for m in model.modules())


@pytest.mark.parametrize("name", MODELS)
def test_zeros_know_nothing(name: str) -> None:
    assert not build(name, init="zeros").eval()(inputs_of(name)).any()


@pytest.mark.parametrize("name", MODELS)
def test_a_stack_computes_what_each_computes_alone(name: str) -> None:
    """In training mode: outputs, gradients, and what norms remember."""
    models = [build(name, seed=seed).double() for seed in (0, 1, 2)]
    inputs, targets = batch(form_of(name))
    inputs, targets = (x.double() if x.is_floating_point() else x for x in (inputs, targets))
    parameters, buffers = stack_module_state(models)

    def loss(parameters: dict[str, Tensor], buffers: dict[str, Tensor]) -> Tensor:
        outputs = functional_call(shape, (parameters, buffers), (inputs,))
        return toy_loss(outputs, targets)

    shape = deepcopy(models[0])
    losses = vmap(loss)(parameters, buffers)
    losses.sum().backward()
    for number, model in enumerate(models):
        alone = toy_loss(model(inputs), targets)
        alone.backward()
        assert losses[number].item() == pytest.approx(alone.item(), rel=1e-12)
        for key, parameter in model.named_parameters():
            gradient = parameters[key].grad
            assert gradient is not None
            assert parameter.grad is not None
            torch.testing.assert_close(gradient[number], parameter.grad, rtol=1e-9, atol=1e-12)
        for key, buffer in model.named_buffers():
            torch.testing.assert_close(buffers[key][number], buffer, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in MODELS if name not in READ_TEXTS])
def test_token_ids_are_refused(name: str) -> None:
    with pytest.raises(BadRecipe, match=r"model\.name: takes numbers") as raised:
        build(name, Form((12,), CLASSES, vocabulary=WORDS))
    assert (raised.value.field, raised.value.value) == ("model.name", name)


@pytest.mark.parametrize("shape", [(64,), (8, 8), (1, 2, 3, 4)], ids=str)
@pytest.mark.parametrize("name", having("spatial_dropout"))
def test_what_convolves_takes_images_only(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadRecipe, match=r"model\.name: takes images \[C, H, W\]") as raised:
        build(name, Form(shape, CLASSES, form_of(name).task))
    assert (raised.value.field, raised.value.value) == ("model.name", name)
    assert str(list(shape)) in str(raised.value)


@pytest.mark.parametrize("name", [*having("head"), "mlp"])
def test_masks_are_for_unet(name: str) -> None:
    with pytest.raises(BadRecipe, match=r"model\.name: .* masks, for unet"):
        build(name, Form((1, 8, 8), CLASSES, "segmentation"))
