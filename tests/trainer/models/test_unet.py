"""Sizes of the paper, any other size, and what is copied and cropped."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.models.unet import Unet, cropped, mirrored, side_needed
from trainer.recipe.models import Unet as Settings

PADDINGS = ["same", "valid"]


def build(shape: tuple[int, int, int], **given: Any) -> nn.Module:
    torch.manual_seed(0)
    settings = Settings.model_validate({"width": 2, **given})
    return Unet(settings).build(Form(shape, 3, "segmentation"))


def came_out(side: int, depth: int) -> int | None:
    """Of a side that goes through unpadded, step by step; None where a halving is not even."""
    for _ in range(depth):
        side -= 4
        if side < 2 or side % 2:
            return None
        side //= 2
    side -= 4
    for _ in range(depth):
        side = 2 * side - 4
    return side


def recorded(model: nn.Module, path: str) -> list[tuple[int, ...]]:
    """What a layer puts out, written down at every pass."""
    seen: list[tuple[int, ...]] = []
    layer = model.get_submodule(path)
    layer.register_forward_hook(lambda _, __, output: seen.append(tuple(output.shape[1:])))
    return seen


def test_sizes_of_the_paper() -> None:
    """Figure 1: a tile of 572×572 gives 388×388."""
    assert side_needed(388, depth=4, padding="valid") == 572
    assert came_out(572, depth=4) == 388
    model = build((1, 388, 388), depth=4, width=1, padding="valid")
    expected = {
        "down1": (1, 568, 568),
        "down2": (2, 280, 280),
        "down3": (4, 136, 136),
        "down4": (8, 64, 64),
        "down5": (16, 28, 28),
        "up4": (8, 52, 52),
        "up3": (4, 100, 100),
        "up2": (2, 196, 196),
        "up1": (1, 388, 388),
    }
    seen = {path: recorded(model, path) for path in expected}
    assert model.eval()(torch.zeros(1, 1, 388, 388)).shape == (1, 3, 388, 388)
    assert {path: shapes[0] for path, shapes in seen.items()} == expected


def test_weights_of_the_paper() -> None:
    """Ten pairs of 3×3 convolutions but for the last, four 2×2 up-convolutions, a 1×1."""
    model = build((1, 388, 388), depth=4, width=64)
    widths = [64, 128, 256, 512, 1024]
    down = sum((9 * a + 1) * b for a, b in zip([1, *widths], widths, strict=False))
    second = sum((9 * b + 1) * b for b in widths)
    up = sum((4 * 2 * b + 1) * b + (9 * 2 * b + 1) * b + (9 * b + 1) * b for b in widths[:4])
    assert sum(p.numel() for p in model.parameters()) == down + second + up + (64 + 1) * 3


@given(side=st.integers(1, 300), depth=st.integers(1, 5))
def test_the_side_needed_is_the_least_that_suffices(side: int, depth: int) -> None:
    needed = side_needed(side, depth, "valid")
    assert (found := came_out(needed, depth)) is not None
    assert found >= side
    smaller = [came_out(n, depth) for n in range(max(1, needed - 2**depth), needed)]
    assert not any(out is not None and out >= side for out in smaller)
    even = side_needed(side, depth, "same")
    assert even % 2**depth == 0
    assert side <= even < side + 2**depth


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("shape", [(1, 16, 16), (2, 13, 7), (1, 1, 1), (3, 5, 40)], ids=str)
def test_as_many_pixels_come_out_as_go_in(shape: tuple[int, int, int], padding: str) -> None:
    model = build(shape, padding=padding, depth=3)
    assert model(torch.randn(2, *shape)).shape == (2, 3, *shape[1:])


@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    more=st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_mirroring_is_numpys_and_cropping_undoes_it(
    height: int, width: int, more: tuple[int, int]
) -> None:
    images = torch.arange(2.0 * height * width).reshape(1, 2, height, width)
    size = (height + more[0], width + more[1])
    found = mirrored(images, size)
    sides = [(missing // 2, missing - missing // 2) for missing in more]
    wanted = np.pad(images.numpy(), [(0, 0), (0, 0), *sides], mode="symmetric")
    assert torch.equal(found, torch.from_numpy(wanted))
    assert torch.equal(cropped(found, (height, width)), images)


@pytest.mark.parametrize("padding", PADDINGS)
def test_an_answer_is_about_its_own_pixel(padding: str) -> None:
    """The pixels that an answer depends on lie evenly around it."""
    model = build((1, 64, 64), depth=1, padding=padding, activation="tanh").double()
    images = torch.randn(1, 1, 64, 64, dtype=torch.float64, requires_grad=True)
    row, column = 30, 34  # even: both the left and the upper pixel of their pooling window
    model(images)[0, :, row, column].sum().backward()
    assert images.grad is not None
    seen = images.grad[0, 0].abs().nonzero()
    middle = (seen.min(dim=0).values + seen.max(dim=0).values) / 2
    assert (middle - torch.tensor([row, column])).abs().max() <= 0.5


def test_skips_are_joined_with_what_is_widened() -> None:
    """Without the way through the bottom an answer still depends on its image."""
    model = build((1, 16, 16), depth=2)
    for parameter in model.get_submodule("up1.widen").parameters():
        nn.init.zeros_(parameter)
    images = torch.randn(1, 1, 16, 16, requires_grad=True)
    model(images).sum().backward()
    assert images.grad is not None
    assert images.grad.any()
    assert _gradient(model, "down1.conv1").any()
    assert not _gradient(model, "down3.conv1").any()


def test_dropout_is_at_the_bottom() -> None:
    model = build((1, 16, 16), depth=2, dropout=0.5)
    seen = recorded(model, "dropout")
    model(torch.randn(1, 1, 16, 16))
    assert seen == [(8, 4, 4)]
    assert isinstance(model.get_submodule("dropout"), nn.Dropout)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_other_tasks_are_refused(task: Any) -> None:
    with pytest.raises(BadRecipe, match=rf"model\.name: .* the data is for {task}") as raised:
        Unet(Settings()).build(Form((1, 8, 8), 3, task))
    assert (raised.value.field, raised.value.value) == ("model.name", "unet")


def _gradient(model: nn.Module, path: str) -> Tensor:
    weight = model.get_submodule(path).weight
    assert isinstance(weight, nn.Parameter)
    assert weight.grad is not None
    return weight.grad
