"""Brightness, contrast, colour and noise against kornia and numpy."""

import colorsys

import kornia
import pytest
import torch
from torch import Tensor

from tests.trainer.augment.batches import RGB, applied, batch, made
from trainer.form import Form

OFF = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}
MANY = 64


def images(samples: int = MANY, low: float = 0.0, high: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return low + (high - low) * torch.rand(samples, *RGB.shape, generator=generator)


def drawn(amount: float, samples: int = MANY) -> Tensor:
    """The factors of seed 0: they are the first numbers drawn."""
    torch.manual_seed(0)
    return 1 - amount + 2 * amount * torch.rand(samples)


def changed(given: Tensor, name: str, **settings: float) -> Tensor:
    torch.manual_seed(0)
    new: Tensor = made(name, **settings).apply(given, torch.zeros(len(given)), RGB)[0]
    return new


@pytest.mark.parametrize("amount", [0.2, 1.0])
def test_brightness_is_kornias(amount: float) -> None:
    expected = kornia.enhance.adjust_brightness_accumulative(images(), drawn(amount))
    torch.testing.assert_close(changed(images(), "brightness", amount=amount), expected)


@pytest.mark.parametrize("amount", [0.2, 1.0])
def test_contrast_is_kornias(amount: float) -> None:
    expected = kornia.enhance.adjust_contrast_with_mean_subtraction(images(), drawn(amount))
    torch.testing.assert_close(changed(images(), "contrast", amount=amount), expected)


def test_contrast_of_images_that_are_not_rgb() -> None:
    grey = torch.rand(MANY, 1, 5, 5)
    expected = kornia.enhance.adjust_contrast_with_mean_subtraction(grey, drawn(0.5))
    torch.manual_seed(0)
    new, _ = made("contrast", amount=0.5).apply(grey, torch.zeros(MANY), Form((1, 5, 5), 2))
    torch.testing.assert_close(new, expected)


@pytest.mark.parametrize("name", ["brightness", "contrast", "colour_jitter"])
def test_colours_stay_within_the_range(name: str) -> None:
    given = images(1000)
    new = changed(given, name, **({} if name == "colour_jitter" else {"amount": 1.0}))
    assert new.min() >= 0.0
    assert new.max() <= 1.0 + 1e-6


@pytest.mark.parametrize("name", ["brightness", "contrast"])
def test_a_wider_range_is_not_cut_to_0_1(name: str) -> None:
    """Numbers of 0..255 behave as those of 0..1."""
    new = changed(images(high=255.0), name, amount=0.5)
    torch.testing.assert_close(new / 255.0, changed(images(), name, amount=0.5), atol=5e-3, rtol=0)


def test_saturation_is_kornias() -> None:
    torch.manual_seed(0)
    torch.rand(2 * MANY)  # brightness and contrast draw first
    factors = 0.5 + torch.rand(MANY)
    expected = kornia.enhance.adjust_saturation_with_gray_subtraction(images(), factors)
    new = changed(images(), "colour_jitter", **OFF | {"saturation": 0.5})
    torch.testing.assert_close(new, expected, atol=1e-6, rtol=1e-5)


def test_hue_turns_the_circle() -> None:
    """Against the standard library's HSV, pixel by pixel."""
    torch.manual_seed(0)
    torch.rand(3 * MANY)
    turns = 0.5 * (2 * torch.rand(MANY) - 1)
    new = changed(images(), "colour_jitter", **OFF | {"hue": 0.5})
    for image, other, turn in zip(images()[:4], new, turns.tolist(), strict=False):
        for old, pixel in zip(image.flatten(1).T.tolist(), other.flatten(1).T, strict=True):
            hue, saturation, value = colorsys.rgb_to_hsv(*old)
            expected = colorsys.hsv_to_rgb((hue + turn) % 1.0, saturation, value)
            assert pixel.tolist() == pytest.approx(expected, abs=1e-4)


def test_nothing_to_change_changes_nothing() -> None:
    torch.testing.assert_close(changed(images(), "colour_jitter", **OFF), images())


@pytest.mark.parametrize("amount", [0.1, 0.5])
def test_factors_are_spread_over_all_of_the_range(amount: float) -> None:
    given = torch.full((10_000, 3, 1, 1), 0.5)
    factors = changed(given, "brightness", amount=amount)[:, 0, 0, 0] / 0.5
    assert factors.min().item() == pytest.approx(1 - amount, abs=0.01 * amount)
    assert factors.max().item() == pytest.approx(1 + amount, abs=0.01 * amount)
    assert factors.mean().item() == pytest.approx(1.0, abs=4 * amount / 3**0.5 / 100)


def test_noise() -> None:
    given = torch.zeros(1000, 3, 8, 6)
    noise = changed(given, "gaussian_noise", std=0.3)
    assert noise.mean().item() == pytest.approx(0.0, abs=4 * 0.3 / given.numel() ** 0.5)
    assert noise.std().item() == pytest.approx(0.3, rel=0.02)
    assert abs(torch.corrcoef(noise[:, :, 0, 0].T)[0, 1].item()) < 0.15
    torch.testing.assert_close(
        applied("gaussian_noise", RGB, std=1e-6)[0], batch(RGB)[0], atol=1e-5, rtol=0
    )
