"""What every augmentation must do: keep the form, follow the seed, leave the given batch alone."""

from typing import Any

import pytest
import torch

from tests.trainer.augment.batches import (
    CLASSES,
    MIXING,
    NAMES,
    RGB,
    SEGMENTATION,
    applied,
    batch,
    made,
)
from trainer.errors import BadRecipe
from trainer.form import Form

OF_ROWS = ("gaussian_noise", "mixup")
OF_IMAGES = [name for name in NAMES if name not in OF_ROWS]


@pytest.mark.parametrize("name", NAMES)
def test_the_form_stays(name: str) -> None:
    inputs, targets = batch(RGB)
    for samples in (1, 2, 16):
        new, labels = made(name).apply(inputs[:samples], targets[:samples], RGB)
        assert new.shape == (samples, *RGB.shape)
        assert new.dtype == torch.float32
        assert new.isfinite().all()
        mixed = (samples, CLASSES), torch.float32
        assert (labels.shape, labels.dtype) == (
            mixed if name in MIXING else ((samples,), torch.int64)
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides(name: str) -> None:
    first, same, other = (applied(name, RGB, seed) for seed in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, same, strict=True))
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_changed_each_by_its_own_numbers(name: str) -> None:
    """Of 64 equal samples beside a different one, the results are not all equal."""
    inputs = batch(RGB)[0][:2].repeat_interleave(torch.tensor([64, 64]), dim=0)
    torch.manual_seed(0)
    new, _ = made(name).apply(inputs, torch.zeros(128, dtype=torch.int64), RGB)
    assert len({tuple(image.flatten().tolist()) for image in new[:64]}) > 1


@pytest.mark.parametrize("name", NAMES)
def test_the_batch_given_is_left_alone(name: str) -> None:
    inputs, targets = batch(RGB)
    made(name).apply(inputs, targets, RGB)
    assert torch.equal(inputs, batch(RGB)[0])
    assert torch.equal(targets, batch(RGB)[1])


@pytest.mark.parametrize("name", [name for name in OF_IMAGES if name != "colour_jitter"])
@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 1, 1), (2, 1, 9), (4, 7, 5)])
def test_images_of_any_size(name: str, shape: tuple[int, int, int]) -> None:
    form = Form(shape, CLASSES)
    assert applied(name, form)[0].shape == (16, *shape)
    assert applied(name, form)[0].isfinite().all()


@pytest.mark.parametrize("name", OF_ROWS)
def test_rows(name: str) -> None:
    form = Form((5,), CLASSES)
    new, _ = applied(name, form)
    assert new.shape == (16, 5)
    assert not torch.equal(new, batch(form)[0])


@pytest.mark.parametrize("name", OF_IMAGES)
def test_rows_are_no_images(name: str) -> None:
    with pytest.raises(
        BadRecipe, match=r"augment: inputs are of shape \[5\], not images"
    ) as refused:
        applied(name, Form((5,), CLASSES))
    assert refused.value.value == name


@pytest.mark.parametrize("name", NAMES)
def test_token_ids_are_refused(name: str) -> None:
    form = Form((5,), 2, vocabulary=100)
    ids, targets = torch.randint(100, (16, 5)), torch.randint(2, (16,))
    with pytest.raises(BadRecipe, match=r"augment: .*token ids"):
        made(name).apply(ids, targets, form)


def test_colour_needs_three_channels() -> None:
    with pytest.raises(BadRecipe, match="images of 1 channels have no hue; use brightness"):
        applied("colour_jitter", Form((1, 8, 8), CLASSES))


@pytest.mark.parametrize("name", MIXING)
def test_masks_are_not_mixed(name: str) -> None:
    with pytest.raises(BadRecipe, match="augment: masks are not mixed"):
        applied(name, SEGMENTATION)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("flip", {"vertical": True}),
        ("pad_and_crop", {"padding": 3}),
        ("rotate", {"degrees": 180}),
        ("scale", {"lowest": 0.5, "highest": 2.0}),
    ],
    ids=["flip", "pad_and_crop", "rotate", "scale"],
)
def test_masks_move_with_their_images(name: str, settings: dict[str, Any]) -> None:
    """An image whose channels are all its mask, moved by the nearest pixel, stays its mask.

    Bilinear images are compared where they are of one class all around: there they are exact.
    """
    generator = torch.Generator().manual_seed(2)
    coarse = torch.randint(CLASSES, (32, 4, 4), generator=generator)
    masks = coarse.repeat_interleave(8, dim=1).repeat_interleave(8, dim=2)
    form = Form((1, 32, 32), CLASSES, "segmentation")
    torch.manual_seed(0)
    images, moved = made(name, **settings).apply(masks.unsqueeze(1).float(), masks, form)
    assert moved.shape == masks.shape
    assert moved.dtype == torch.int64
    assert not torch.equal(moved, masks)
    assert set(moved.unique().tolist()) <= set(range(CLASSES))
    nearest = images.squeeze(1).round().long() == moved
    whole = (images.squeeze(1) - images.squeeze(1).round()).abs() < 1e-4
    assert nearest[whole].float().mean() > 0.99
    assert whole.float().mean() > 0.5


@pytest.mark.parametrize("name", ["gaussian_noise", "brightness", "contrast", "colour_jitter"])
def test_masks_stay_where_images_do_not_move(name: str) -> None:
    assert torch.equal(applied(name, SEGMENTATION)[1], batch(SEGMENTATION)[1])


@pytest.mark.parametrize("name", NAMES)
def test_no_setting_may_differ_in_a_stack(name: str) -> None:
    """Its trials see one batch."""
    assert not made(name).settings.per_trial
