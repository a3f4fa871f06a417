"""A folder with one sub-folder of images for each class."""

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from trainer.errors import BadFile
from trainer.files.format import Format
from trainer.files.limits import within
from trainer.files.samples import Samples
from trainer.files.source import Source, locate
from trainer.recipe.data import ImageFolder as Settings

# Endings, and the formats that Pillow is allowed to try: each one more is one more parser.
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM")
MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}  # those of 8 bits or fewer
MOST_PIXELS = 64_000_000  # of one image: unpacked it is 192 MB
LOOKED = 1  # images of each class in a quick look


class ImageFolder(Format[Settings]):
    """Classes are the sub-folders in alphabetical order; other files than images are passed over.

    Each image is scaled to the square without regard to its proportions.
    """

    def sources(self) -> Iterable[Source]:
        return chain.from_iterable(self._classes().values())

    def look(self) -> None:
        for images in self._classes().values():
            for image in images[:LOOKED]:
                self._pixels(image)

    def read(self) -> Samples:
        classes = self._classes()
        counts = [len(images) for images in classes.values()]
        channels, side = 1 if self.settings.grey else 3, self.settings.size
        shape = (channels, side, side)
        everything = list(chain.from_iterable(classes.values()))
        within(everything[0], len(everything), shape)
        inputs = np.empty((len(everything), *shape), np.uint8)
        for row, image in enumerate(everything):
            inputs[row] = self._pixels(image)
        targets = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
        return Samples(inputs, targets, len(counts), labels=tuple(classes))

    def _classes(self) -> dict[str, list[Source]]:
        """Name → images. Raises BadFile for fewer than two classes, or one without images."""
        root = locate(self.folder, "folder", self.settings.folder, is_folder=True)
        with root.parsing("folder of images"):
            names = sorted(e.name for e in os.scandir(root.path) if e.is_dir() and _shown(e.name))
            classes = {name: list(self._images(root, name)) for name in names}
        if len(classes) < 2:
            raise root.bad(f"has {len(classes)} sub-folders; it takes one for each of the classes")
        for name, images in classes.items():
            if not images:
                raise root.bad(f"has no images in its sub-folder {name!r}")
        return classes

    def _images(self, root: Source, class_: str) -> Iterator[Source]:
        within_root = f"{root.name}/{class_}"
        inner = locate(self.folder, "folder", within_root, is_folder=True)
        for entry in sorted(os.scandir(inner.path), key=lambda e: e.name):
            if not (_shown(entry.name) and entry.name.lower().endswith(ENDINGS)):
                continue
            name = f"{within_root}/{entry.name}"
            if entry.is_symlink() or not entry.is_file():
                yield locate(self.folder, "folder", name)
            else:
                about = entry.stat()
                if about.st_size == 0:
                    raise BadFile(name, "is empty", "folder")
                yield Source("folder", name, Path(entry.path), about.st_mtime_ns, about.st_size)

    def _pixels(self, source: Source) -> NDArray[Any]:
        """One image [C, H, W] of bytes."""
        side = self.settings.size
        with source.opened() as stream, source.parsing("image"), _image(source, stream) as image:
            if image.width * image.height > MOST_PIXELS:
                raise source.bad(f"has {image.width}×{image.height} pixels, too many to read")
            if image.mode not in MODES:
                raise source.bad(f"has pixels of more than 8 bits (mode {image.mode})")
            small = image.convert("L" if self.settings.grey else "RGB")
            pixels = np.asarray(small.resize((side, side), Image.Resampling.BILINEAR))
        return pixels.reshape(side, side, -1).transpose(2, 0, 1)


def _image(source: Source, stream: BinaryIO) -> Image.Image:
    try:
        return Image.open(stream, formats=FORMATS)
    except UnidentifiedImageError as error:  # whose message has the path on this machine
        raise source.bad("is no image, or is damaged") from error


def _shown(name: str) -> bool:
    return not name.startswith(".")
