"""The block of four branches, its variants, and a network with auxiliary heads."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.models._inception import Block, Filters
from trainer.models.inception import Inception
from trainer.recipe.models import Inception as Settings

GOOGLENET = Filters(64, 96, 128, 16, 32, 32)  # inception (3a) of Szegedy et al. 2015, table 1
VARIANTS = ["v1", "v2", "v3"]


def settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


def build(shape: tuple[int, int, int] = (1, 28, 28), **given: Any) -> nn.Module:
    torch.manual_seed(0)
    return Inception(settings(**given)).build(Form(shape, 10))


def kernels(block: nn.Module) -> dict[str, tuple[int, ...]]:
    return {n: m.kernel_size for n, m in block.named_modules() if isinstance(m, nn.Conv2d)}


@pytest.mark.parametrize("block", VARIANTS)
def test_the_first_block_of_googlenet(block: str) -> None:
    made = Block(settings(block=block), 192, GOOGLENET)
    assert made(torch.zeros(1, 192, 28, 28)).shape == (1, 256, 28, 28)
    assert Filters.of(16) == GOOGLENET


def test_its_parameters() -> None:
    """(f·f·c + 1)·n of each convolution, about the table's 159K."""
    made = Block(settings(), 192, GOOGLENET)
    branches = [
        193 * 64,
        193 * 96 + (9 * 96 + 1) * 128,
        193 * 16 + (25 * 16 + 1) * 32,
        193 * 32,
    ]
    assert sum(p.numel() for p in made.parameters()) == sum(branches) == 163_696


@pytest.mark.parametrize(
    ("block", "three", "five"),
    [
        ("v1", [(3, 3)], [(5, 5)]),
        ("v2", [(3, 3)], [(3, 3), (3, 3)]),
        ("v3", [(1, 3), (3, 1)], [(1, 5), (5, 1)]),
    ],
    ids=VARIANTS,
)
def test_variants(block: str, three: list[tuple[int, int]], five: list[tuple[int, int]]) -> None:
    """Each branch by its kernels, after the 1×1 bottleneck."""
    found = kernels(Block(settings(block=block), 192, GOOGLENET))
    by_branch = {
        branch: [size for name, size in found.items() if name.startswith(branch)]
        for branch in ("one", "three", "five", "pool")
    }
    point = (1, 1)
    assert by_branch == {
        "one": [point],
        "three": [point, *three],
        "five": [point, *five],
        "pool": [point],
    }


def test_factorised_blocks_see_as_far_with_fewer_weights() -> None:
    weights = {}
    for variant in VARIANTS:
        made = Block(settings(block=variant, activation="tanh"), 2, Filters.of(4)).double()
        weights[variant] = sum(p.numel() for p in made.five.parameters())
        maps = torch.zeros(1, 2, 11, 11, dtype=torch.float64, requires_grad=True)
        made.five(maps)[0, :, 5, 5].sum().backward()
        assert maps.grad is not None
        seen = maps.grad[0].abs().sum(dim=0).nonzero()
        assert (seen.min(dim=0).values.tolist(), seen.max(dim=0).values.tolist()) == (
            [3, 3],
            [7, 7],
        )
    assert weights["v1"] > weights["v2"] > weights["v3"]


def test_branches_are_joined_in_their_order() -> None:
    made = Block(settings(), 3, Filters.of(1))
    maps = torch.randn(2, 3, 6, 6)
    parts = made(maps).split([4, 8, 2, 2], dim=1)
    branches = (made.one, made.three, made.five, made.pool)
    for found, branch in zip(parts, branches, strict=True):
        assert torch.equal(found, branch(maps))


@pytest.mark.parametrize(
    ("auxiliary", "tapped"), [(0, []), (1, ["block4"]), (2, ["block3", "block6"])]
)
def test_auxiliary_heads(auxiliary: int, tapped: list[str]) -> None:
    """GoogLeNet's two follow its blocks 4a and 4d, the third and the sixth of nine."""
    model = build(blocks=[2, 5, 2], width=1, auxiliary=auxiliary)
    heads = [name for name, _ in model.get_submodule("auxiliary").named_children()]
    assert heads == tapped
    images = torch.randn(2, 1, 28, 28)
    outputs = model(images)
    assert isinstance(outputs, list) == bool(auxiliary)
    assert len(outputs if auxiliary else [outputs]) == auxiliary + 1
    assert isinstance(model.eval()(images), Tensor)


def test_heads_from_the_last_to_the_first() -> None:
    model = build(blocks=[2, 5, 2], width=1, auxiliary=2)
    images = torch.randn(2, 1, 28, 28)
    seen: dict[str, Tensor] = {}
    for path in ("output", "auxiliary.block3.output", "auxiliary.block6.output"):
        model.get_submodule(path).register_forward_hook(
            lambda _, __, output, path=path: seen.update({path: output})
        )
    outputs = model(images)
    order = ["output", "auxiliary.block6.output", "auxiliary.block3.output"]
    assert [seen[path] is output for path, output in zip(order, outputs, strict=True)] == [True] * 3


def test_the_main_output_does_not_depend_on_auxiliary_heads() -> None:
    model = build(width=1, auxiliary=1)
    images = torch.randn(4, 1, 28, 28)
    main = model(images)[0]
    torch.testing.assert_close(model.eval()(images), main)


def test_an_auxiliary_head_reaches_only_what_is_below_it() -> None:
    model = build(blocks=[1, 1, 1], width=1, auxiliary=2)
    model(torch.randn(4, 1, 28, 28))[2].sum().backward()
    body = model.get_submodule("body")
    touched = [
        name
        for name, layer in body.named_children()
        if any(p.grad is not None for p in layer.parameters())
    ]
    assert touched == ["conv1", "block1"]


def test_the_auxiliary_head_of_the_paper() -> None:
    """On 14×14×512: 4×4 after pooling, 128 filters, 1024 units (§5)."""
    model = build((3, 28, 28), blocks=[2, 5, 2], width=16, auxiliary=2)
    head = model.get_submodule("auxiliary.block3")
    maps = torch.zeros(1, 512, 14, 14)
    shapes = []
    for layer in head.children():
        maps = layer(maps)
        shapes.append(tuple(maps.shape[1:]))
    assert shapes == [
        (512, 4, 4),
        (128, 4, 4),
        (128, 4, 4),
        (128 * 16,),
        (1024,),
        (1024,),
        (10,),
    ]
