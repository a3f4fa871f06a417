"""Mixup and cutmix: what is mixed, in which shares, and twice in a row."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tests.trainer.augment.batches import CLASSES, MIXING, RGB, applied, batch, made
from trainer.form import Form
from trainer.losses.cross_entropy import CrossEntropy
from trainer.recipe.losses import CrossEntropy as Settings

DOG, CAT = 0, 1
PETS = Form((1, 1, 1), 2)


@pytest.mark.parametrize("name", MIXING)
@given(alpha=st.floats(0.01, 1000.0), seed=st.integers(0, 1000))
def test_shares_add_up_to_one(name: str, alpha: float, seed: int) -> None:
    shares = applied(name, RGB, seed, alpha=alpha)[1]
    assert shares.min() >= 0.0
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(16))


@pytest.mark.parametrize("first", MIXING)
@pytest.mark.parametrize("second", MIXING)
def test_two_in_a_row(first: str, second: str) -> None:
    torch.manual_seed(0)
    inputs, shares = made(second).apply(*made(first).apply(*batch(RGB), RGB), RGB)
    assert inputs.shape == (16, *RGB.shape)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(16))
    assert (shares > 0).sum(dim=1).max() > 2


def animals(samples: int) -> tuple[Tensor, Tensor]:
    """Dogs are white and cats black, in turn: an image's grey is its share of dog."""
    labels = torch.arange(samples) % 2
    return (labels == DOG).float().view(-1, 1, 1, 1), labels


def test_six_tenths_dog_four_tenths_cat() -> None:
    """The share in the label is that in the image."""
    images, labels = animals(1000)
    torch.manual_seed(0)
    mixed, shares = made("mixup", alpha=1.0).apply(images, labels, PETS)
    torch.testing.assert_close(shares[:, DOG], mixed.flatten())
    torch.testing.assert_close(shares[:, CAT], 1.0 - mixed.flatten())
    assert ((mixed > 0.55) & (mixed < 0.65)).any()


@pytest.mark.parametrize("alpha", [0.01, 0.2, 1.0, 5.0])
def test_lambda_is_from_beta(alpha: float) -> None:
    """Its mean is ½ and its variance 1/(4(2α + 1)).

    That of half of the samples: the others meet their own class and stay 0 or 1, ½ from the middle.
    """
    images, labels = animals(40_000)
    torch.manual_seed(0)
    mixed = made("mixup", alpha=alpha).apply(images, labels, PETS)[0].flatten().numpy()
    assert np.mean(mixed) == pytest.approx(0.5, abs=0.01)
    variance = 1 / (4 * (2 * alpha + 1))
    assert np.mean((mixed - 0.5) ** 2) == pytest.approx((variance + 0.25) / 2, rel=0.02)


def test_mixup_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """λ = 0.6, each with the next."""
    monkeypatch.setattr("trainer.augment.mixup.beta", lambda x, alpha: torch.full((len(x),), 0.6))
    monkeypatch.setattr("trainer.augment.mixup.partners", lambda x: torch.tensor([1, 2, 0]))
    rows = torch.tensor([[1.0, 0.0], [0.0, 10.0], [5.0, 5.0]])
    inputs, shares = made("mixup").apply(rows, torch.tensor([0, 1, 2]), Form((2,), 3))
    torch.testing.assert_close(inputs, torch.tensor([[0.6, 4.0], [2.0, 8.0], [3.4, 3.0]]))
    expected = torch.tensor([[0.6, 0.4, 0.0], [0.0, 0.6, 0.4], [0.4, 0.0, 0.6]])
    torch.testing.assert_close(shares, expected)


def test_numbers_to_predict_are_mixed_as_they_are() -> None:
    form = Form((2,), 2, "regression")
    torch.manual_seed(0)
    rows = torch.rand(64, 2)
    inputs, targets = made("mixup", alpha=1.0).apply(rows, 3.0 * rows, form)
    torch.testing.assert_close(targets, 3.0 * inputs)


@pytest.mark.parametrize("size", [(1, 7, 5), (2, 16, 16), (1, 1, 9)])
@pytest.mark.parametrize("alpha", [0.3, 1.0])
def test_the_share_of_a_cutmix_is_its_area(size: tuple[int, int, int], alpha: float) -> None:
    """Every image is one number all over: what is another's is counted pixel by pixel."""
    count = 300
    images = torch.arange(count).float().view(-1, 1, 1, 1).expand(count, *size)
    torch.manual_seed(0)
    form = Form(size, count)
    mixed, shares = made("cutmix", alpha=alpha).apply(images, torch.arange(count), form)
    sizes = set()
    for own, (image, share) in enumerate(zip(mixed.long(), shares, strict=True)):
        assert torch.equal(image, image[:1].expand_as(image))
        counted = torch.bincount(image[0].flatten(), minlength=count) / image[0].numel()
        torch.testing.assert_close(share, counted)
        foreign = image[0] != own
        sizes.add(int(foreign.sum()))
        rows, columns = foreign.any(dim=1), foreign.any(dim=0)
        assert torch.equal(foreign, rows.unsqueeze(1) & columns.unsqueeze(0))
        for side in (rows, columns):
            assert side.long().diff().abs().sum() <= 2  # one stretch, without gaps
    assert len(sizes) > 3


def test_boxes_are_as_large_as_the_paper_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """λ = ¾ cuts half of each side, a quarter of the area, unless the border takes some of it."""
    monkeypatch.setattr("trainer.augment.cutmix.beta", lambda x, alpha: torch.full((len(x),), 0.75))
    images, form = (
        torch.arange(400.0).view(-1, 1, 1, 1).expand(400, 1, 16, 16),
        Form((1, 16, 16), 400),
    )
    torch.manual_seed(0)
    kept = made("cutmix").apply(images, torch.arange(400), form)[1].diagonal()
    assert kept.min().item() == 0.75
    centres = np.linspace(0, 1, 10_001)
    side = np.mean(np.minimum(0.25, centres) + np.minimum(0.25, 1 - centres))
    assert 1 - kept[kept < 1.0].mean().item() == pytest.approx(side**2, rel=0.05)


@pytest.mark.parametrize("name", MIXING)
def test_the_loss_takes_shares(name: str) -> None:
    """Cross entropy of shares is the shares' mean of the cross entropies."""
    _, shares = applied(name, RGB, alpha=1.0)
    logits = torch.randn(16, CLASSES, generator=torch.Generator().manual_seed(3))
    loss: Any = CrossEntropy(Settings()).build(RGB)
    each = torch.stack([-logits.log_softmax(dim=1)[:, c] for c in range(CLASSES)], dim=1)
    torch.testing.assert_close(loss(logits, shares), (shares * each).sum(dim=1).mean())
