"""A folder of images: classes by sub-folder, each image a square of bytes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.trainer.files.written import RANDOM, image, read, settings
from trainer import files
from trainer.errors import BadFile

RED, GREEN = (200, 0, 0), (0, 100, 0)


def plain(colour: tuple[int, ...], height: int = 8, width: int = 6) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.uint8), (height, width, len(colour))).copy()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, colour in (("red", RED), ("green", GREEN)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for number, kind in enumerate(("png", "bmp", "gif")):
            path = tmp_path / "images" / name / f"{number}.{kind}"
            path.write_bytes(image(plain(colour, 8 + number), kind))
    return tmp_path


def test_classes_in_alphabetical_order(folder: Path) -> None:
    samples = read(folder, "image_folder", size=5)
    assert samples.labels == ("green", "red")
    assert samples.targets.tolist() == [0, 0, 0, 1, 1, 1]
    assert samples.inputs.shape == (6, 3, 5, 5)
    assert (samples.inputs[0, :, 2, 2].tolist(), samples.inputs[5, :, 2, 2].tolist()) == (
        list(GREEN), list(RED),
    )  # fmt: skip


def test_an_image_of_the_right_size_is_left_as_it_is(folder: Path) -> None:
    pixels = RANDOM.integers(0, 256, (7, 7, 3), dtype=np.uint8)
    (folder / "images" / "green" / "0.png").write_bytes(image(pixels))
    samples = read(folder, "image_folder", size=7)
    assert np.array_equal(samples.inputs[0], pixels.transpose(2, 0, 1))


def test_grey(folder: Path) -> None:
    samples = read(folder, "image_folder", size=4, grey=True)
    assert samples.inputs.shape == (6, 1, 4, 4)
    # 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), which Pillow documents for "L"
    assert samples.inputs[3].mean() == pytest.approx(0.299 * RED[0], abs=1)


def test_what_is_no_image_is_passed_over(folder: Path) -> None:
    (folder / "images" / "readme.txt").write_text("about")
    (folder / "images" / "green" / "Thumbs.db").write_bytes(b"x")
    (folder / "images" / "green" / ".hidden.png").write_bytes(b"x")
    (folder / "images" / ".cache").mkdir()
    assert len(read(folder, "image_folder").targets) == 6


def test_a_class_without_images(folder: Path) -> None:
    (folder / "images" / "blue").mkdir()
    refused(folder, "images: has no images in its sub-folder 'blue'")


def test_one_class_only(folder: Path) -> None:
    with pytest.raises(BadFile, match="images/red: has 0 sub-folders"):
        read(folder, "image_folder", folder="images/red")


def test_an_image_that_is_none(folder: Path) -> None:
    (folder / "images" / "green" / "0.png").write_bytes(b"not an image")
    refused(folder, "images/green/0.png: is no image, or is damaged")


def test_more_than_eight_bits(folder: Path) -> None:
    deep = Image.fromarray(np.full((4, 4), 40_000, np.uint16))
    deep.save(folder / "images" / "green" / "0.png")
    refused(folder, "images/green/0.png: has pixels of more than 8 bits")


def test_an_image_that_unpacks_to_too_much(folder: Path) -> None:
    Image.new("1", (9000, 9000)).save(folder / "images" / "green" / "0.png")
    refused(folder, "images/green/0.png: has 9000×9000 pixels, too many to read")


def test_a_link_out_of_the_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.png"
    secret.write_bytes(image(plain(RED)))
    (folder / "images" / "green" / "0.png").unlink()
    (folder / "images" / "green" / "0.png").symlink_to(secret)
    refused(folder, "images/green/0.png: is a link that leads out of the data folder")


def test_an_image_is_read_again_when_it_changes(folder: Path) -> None:
    first = read(folder, "image_folder")
    assert read(folder, "image_folder") is first
    (folder / "images" / "green" / "9.png").write_bytes(image(plain(GREEN)))
    assert len(read(folder, "image_folder").targets) == 7


def refused(folder: Path, says: str) -> None:
    """By a trial, and on submit already."""
    with pytest.raises(BadFile, match=says):
        read(folder, "image_folder")
    (problem,) = files.check(settings("image_folder"), folder)
    assert problem.field == "recipe.data.folder"
    assert problem.message.startswith(says.split(" (")[0])
