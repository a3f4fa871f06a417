"""Residual and plain networks: their layers, what a block is, and how they differ."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.menu import part
from trainer.models._residual import Block
from trainer.models.resnet import Padding
from trainer.recipe import Recipe

IMAGES = Form((3, 32, 32), 10)
PAPER = [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)]  # millions, table 6


def build(name: str, form: Form = IMAGES, **settings: Any) -> nn.Module:
    torch.manual_seed(0)
    recipe = Recipe.model_validate({"model": {"name": name, **settings}})
    model: nn.Module = part("model", recipe.model).build(form)
    return model


def weight_layers(model: nn.Module) -> list[str]:
    """Of the main path: a projection is not counted (He et al. 2016, §3.3)."""
    kinds = (nn.Conv2d, nn.Linear)
    names = [name for name, layer in model.named_modules() if isinstance(layer, kinds)]
    return [name for name in names if "shortcut" not in name]


def blocks(model: nn.Module) -> dict[str, Block]:
    return {name: m for name, m in model.named_modules() if isinstance(m, Block)}


@pytest.mark.parametrize("name", ["plain_cnn", "resnet"])
@pytest.mark.parametrize(("depth", "millions"), PAPER)
def test_layers_and_parameters_of_the_paper(name: str, depth: int, millions: float) -> None:
    model = build(name, depth=depth)
    assert len(weight_layers(model)) == depth
    parameters = sum(p.numel() for p in model.parameters())
    # 1.73M is 1.7M there; 465k is 0.46M: cut, not rounded
    assert parameters / 1e6 == pytest.approx(millions, rel=0.02)


@pytest.mark.parametrize("preactivation", [False, True])
@pytest.mark.parametrize("shortcut", ["padding", "projection"])
def test_stages(shortcut: str, preactivation: bool) -> None:
    model = build("resnet", depth=14, width=4, shortcut=shortcut, preactivation=preactivation)
    assert len(weight_layers(model)) == 14
    maps = model.get_submodule("conv1")(torch.randn(2, 3, 32, 32))
    for number, shape in enumerate([(4, 32, 32), (8, 16, 16), (16, 8, 8)], start=1):
        maps = model.get_submodule(f"stage{number}")(maps)
        assert maps.shape == (2, *shape)
    projections = [name for name, _ in model.named_modules() if name.endswith("shortcut.conv1")]
    wider = ["stage2.block1.shortcut.conv1", "stage3.block1.shortcut.conv1"]
    assert projections == (wider if shortcut == "projection" else [])


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_plain_and_residual_differ_in_the_skip_alone(norm: str) -> None:
    """Same seed, same weights; without their branches' sum they compute the same."""
    plain, residual = (build(name, depth=8, width=4, norm=norm) for name in ("plain_cnn", "resnet"))
    weights = plain.state_dict()
    assert weights.keys() == residual.state_dict().keys()
    assert all(torch.equal(weights[key], each) for key, each in residual.state_dict().items())
    images = torch.randn(2, 3, 32, 32)
    assert not torch.allclose(plain(images), residual(images))
    for block in blocks(residual).values():
        block.shortcut = None
    assert torch.equal(plain(images), residual(images))


@pytest.mark.parametrize("preactivation", [False, True])
def test_a_block_whose_branch_is_zero_is_the_identity(preactivation: bool) -> None:
    """Of what an activation put out, and with preactivation of everything."""
    model = build("resnet", depth=14, width=4, preactivation=preactivation)
    maps = torch.randn(2, 4, 8, 8)
    block = blocks(model)["stage1.block2"]
    last = "conv2" if preactivation else "batch2"
    for parameter in block.branch.get_submodule(last).parameters():
        nn.init.zeros_(parameter)
    maps = maps if preactivation else maps.relu()
    assert torch.equal(block(maps), maps)


def test_with_preactivation_a_gradient_reaches_the_first_layer_through_zero_branches() -> None:
    model = build("resnet", Form((3, 8, 8), 10), depth=8, width=4, preactivation=True)
    for block in blocks(model).values():
        for parameter in block.branch.parameters():
            nn.init.zeros_(parameter)
    model(torch.randn(4, 3, 8, 8)).square().sum().backward()
    first = model.get_submodule("conv1").weight
    assert isinstance(first, Tensor)
    assert first.grad is not None
    assert first.grad.any()


@pytest.mark.parametrize("side", [1, 2, 5, 8])
def test_padding_takes_every_other_pixel_and_adds_zero_maps(side: int) -> None:
    maps = torch.randn(2, 3, side, side)
    found = Padding(stride=2, extra=3)(maps)
    assert found.shape == (2, 6, (side + 1) // 2, (side + 1) // 2)
    assert torch.equal(found[:, :3], maps[:, :, ::2, ::2])
    assert not found[:, 3:].any()


def test_layers_have_names_that_verdicts_can_use() -> None:
    names = weight_layers(build("resnet", depth=8, width=4))
    assert names[:3] == ["conv1", "stage1.block1.branch.conv1", "stage1.block1.branch.conv2"]
    assert names[-1] == "output"


def test_a_norm_leaves_no_bias_but_the_outputs() -> None:
    def biased(model: nn.Module) -> list[str]:
        return [name for name in weight_layers(model) if model.get_submodule(name).bias is not None]

    assert biased(build("resnet", depth=8)) == ["output"]
    plain = build("resnet", depth=8, norm="none")
    assert biased(plain) == weight_layers(plain)
