"""NumPy arrays in a zip archive; nothing is unpickled."""

import zipfile
from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from diagnostics.parts import did_you_mean
from trainer.files.format import Format
from trainer.files.labels import below
from trainer.files.limits import within
from trainer.files.samples import Samples
from trainer.files.source import Source
from trainer.recipe.data import Npz as Settings
from trainer.recipe.data.data import MOST_CLASSES

Header = tuple[tuple[int, ...], bool, np.dtype[Any]]  # shape, Fortran order, type


class Npz(Format[Settings]):
    """Sizes are judged by the arrays' headers, before anything is unpacked."""

    def sources(self) -> Iterable[Source]:
        return [self.located("file")]

    def look(self) -> None:
        source = self.located("file")
        with source.opened() as stream, source.parsing("npz file"):
            self._agreed(source, zipfile.ZipFile(stream))

    def read(self) -> Samples:
        source = self.located("file")
        with source.opened() as stream, source.parsing("npz file"):
            archive = zipfile.ZipFile(stream)
            self._agreed(source, archive)
            inputs, targets = (_array(archive, _member(n)) for n in self._names())
        limit = self.settings.limit
        inputs = self._inputs(source, inputs[:limit])
        targets, outputs = self._targets(source, targets[:limit])
        if self.settings.task == "segmentation" and targets.shape[1:] != inputs.shape[2:]:
            raise source.bad(
                f"has masks of {targets.shape[1:]} pixels for images of {inputs.shape[2:]}",
                "targets",
            )
        return Samples(inputs, targets, outputs, self.settings.task)

    def _names(self) -> tuple[str, str]:
        return self.settings.inputs, self.settings.targets

    def _agreed(self, source: Source, archive: zipfile.ZipFile) -> None:
        """Raises BadFile unless both arrays are there, hold numbers and fit each other."""
        known = [name.removesuffix(".npy") for name in archive.namelist()]
        for field, name in zip(("inputs", "targets"), self._names(), strict=True):
            if name not in known:
                raise source.bad(f"has no array {name!r}; {did_you_mean(name, known)}", field)
        inputs, targets = (_header(archive, _member(name)) for name in self._names())
        self._fits(source, "inputs", inputs, (2, 3, 4), "iuf")
        dimensions = {"classification": (1,), "segmentation": (3,), "regression": (1, 2)}
        kinds = "iuf" if self.settings.task == "regression" else "iu"
        self._fits(source, "targets", targets, dimensions[self.settings.task], kinds)
        if inputs[0][0] != targets[0][0]:
            raise source.bad(f"has {inputs[0][0]:,} inputs and {targets[0][0]:,} targets")

    def _fits(
        self, source: Source, field: str, header: Header, dimensions: tuple[int, ...], kinds: str
    ) -> None:
        shape, _, dtype = header
        what = f"`{getattr(self.settings, field)}` is {dtype} {list(shape)}"
        if dtype.kind not in kinds:
            needed = "whole numbers" if kinds == "iu" else "numbers"
            raise source.bad(f"{what}; {needed} are needed", field)
        if len(shape) not in dimensions:
            allowed = " or ".join(map(str, dimensions))
            raise source.bad(f"{what}; {self.settings.task} takes {allowed} dimensions", field)
        if 0 in shape:
            raise source.bad(f"{what}: it is empty", field)
        within(source, shape[0], shape[1:])  # all of it is unpacked, whatever the limit

    def _inputs(self, source: Source, found: NDArray[Any]) -> NDArray[Any]:
        if found.ndim == 3:
            found = found[:, np.newaxis]
        elif found.ndim == 4 and self.settings.channels_last:
            found = found.transpose(0, 3, 1, 2)
        if found.dtype == np.uint8:
            return np.ascontiguousarray(found)
        return _finite(source, "inputs", found)

    def _targets(self, source: Source, found: NDArray[Any]) -> tuple[NDArray[Any], int]:
        if self.settings.task == "regression":
            numbers = _finite(source, "targets", found.reshape(len(found), -1))
            return numbers, numbers.shape[1]
        classes = self.settings.classes
        if classes is None:
            classes = min(max(int(found.max()) + 1, 2), MOST_CLASSES)
        return below(source, found, classes), classes


def _member(name: str) -> str:
    return f"{name}.npy"


def _header(archive: zipfile.ZipFile, member: str) -> Header:
    with archive.open(member) as stream:
        return _read_header(stream)  # type: ignore[arg-type]


def _read_header(stream: BinaryIO) -> Header:
    version = npy.read_magic(stream)
    if version == (1, 0):
        return npy.read_array_header_1_0(stream)
    if version == (2, 0):
        return npy.read_array_header_2_0(stream)
    raise ValueError(f"arrays of version {version} of NumPy's format are not read")


def _array(archive: zipfile.ZipFile, member: str) -> NDArray[Any]:
    with archive.open(member) as stream:
        found: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
        if stream.read(1):  # to the end, where the checksum is compared
            raise ValueError(f"{member} is longer than its header says")
        return found


def _finite(source: Source, field: str, found: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(found, dtype=np.float32)
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        shown = found[index]
        raise source.bad(
            f"`{field}` holds {shown} at index {index}; finite float32 is needed", field
        )
    return numbers
