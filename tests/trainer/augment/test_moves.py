"""Flips, crops, rotations and zoom, pixel by pixel."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from tests.trainer.augment.batches import RGB, applied, batch, made
from trainer.form import Form
from trainer.recipe.augment import Flip, Scale

SQUARE = Form((3, 9, 9), 2)


def test_flip() -> None:
    old, new = batch(RGB)[0], applied("flip", RGB)[0]
    flipped = [torch.equal(b, a.flip(-1)) for a, b in zip(old, new, strict=True)]
    kept = [torch.equal(b, a) for a, b in zip(old, new, strict=True)]
    assert all(a != b for a, b in zip(flipped, kept, strict=True))
    assert 0 < sum(flipped) < len(old)


def test_flip_always_and_never() -> None:
    images = batch(RGB)[0]
    assert torch.equal(applied("flip", RGB, p=1.0)[0], images.flip(-1))
    assert torch.equal(applied("flip", RGB, p=1.0, vertical=True)[0], images.flip(-1, -2))
    upside = applied("flip", RGB, p=1.0, vertical=True, horizontal=False)[0]
    assert torch.equal(upside, images.flip(-2))
    assert torch.equal(applied("flip", RGB, p=0.0)[0], images)


def test_how_often_is_p() -> None:
    images = torch.rand(20_000, 1, 1, 2)
    torch.manual_seed(0)
    new, _ = made("flip", p=0.2).apply(images, torch.zeros(20_000), Form((1, 1, 2), 2))
    share = (new != images).any(dim=(1, 2, 3)).float().mean().item()
    assert share == pytest.approx(0.2, abs=0.012)  # 4 standard deviations


def test_flip_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="flip needs `horizontal` or `vertical`"):
        Flip(horizontal=False)


def test_every_crop_is_a_window_of_the_padded_image() -> None:
    """In numpy, one by one; and with enough images each of the 25 windows comes."""
    images = torch.rand(500, 2, 3, 4)
    torch.manual_seed(0)
    new, _ = made("pad_and_crop", padding=2).apply(images, torch.zeros(500), Form((2, 3, 4), 2))
    places = set()
    for old, cropped in zip(images.numpy(), new.numpy(), strict=True):
        padded = np.pad(old, ((0, 0), (2, 2), (2, 2)))
        found = [
            (y, x)
            for y in range(5)
            for x in range(5)
            if np.array_equal(padded[:, y : y + 3, x : x + 4], cropped)
        ]
        assert len(found) == 1
        places.update(found)
    assert len(places) == 25


@pytest.mark.parametrize("quarters", [1, 2])
def test_quarter_turns(quarters: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anti-clockwise, as torch.rot90; by all of `degrees`, not by an angle drawn."""
    monkeypatch.setattr("trainer.augment.rotate.uniform", lambda x, _, d: torch.full((len(x),), d))
    new, _ = applied("rotate", SQUARE, degrees=90 * quarters)
    expected = batch(SQUARE)[0].rot90(quarters, (-2, -1))
    torch.testing.assert_close(new, expected, atol=1e-5, rtol=0)


def test_rotation_keeps_the_centre_and_fills_with_zeros() -> None:
    ones = torch.ones(64, 1, 9, 9)
    torch.manual_seed(0)
    new, _ = made("rotate", degrees=45).apply(ones, torch.zeros(64), Form((1, 9, 9), 2))
    torch.testing.assert_close(new[:, :, 2:7, 2:7], torch.ones(64, 1, 5, 5))
    corners = new[:, 0, 0, 0]
    assert corners.min() == 0.0
    assert corners.max() <= 1.0


@pytest.mark.parametrize(("factor", "side"), [(0.5, 5), (1.0, 9)])
def test_scale(factor: float, side: int) -> None:
    """A white 9×9 image at half its size is 5×5: pixel centres 8 apart come to be 4 apart."""
    form = Form((1, 9, 9), 2)
    ones = torch.ones(2, 1, 9, 9)
    new, _ = made("scale", lowest=factor, highest=factor).apply(ones, torch.zeros(2), form)
    inside = torch.zeros(9, 9)
    edge = (9 - side) // 2
    inside[edge : 9 - edge, edge : 9 - edge] = 1.0
    torch.testing.assert_close(new, inside.expand(2, 1, 9, 9), atol=1e-5, rtol=0)


def test_twice_as_large_is_the_middle_interpolated() -> None:
    ramp = torch.arange(9.0).repeat(1, 1, 9, 1)
    new, _ = made("scale", lowest=2, highest=2).apply(ramp, torch.zeros(1), Form((1, 9, 9), 2))
    torch.testing.assert_close(new[0, 0, 4], 2.0 + torch.arange(9.0) / 2)


def test_scale_in_order() -> None:
    with pytest.raises(ValidationError, match=r"lowest 1\.5 is above highest 1\.2"):
        Scale(lowest=1.5)
