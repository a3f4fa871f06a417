"""Many small files in one request.

The body's first line is JSON, `{"files": [{"trial": 7, "name": "best.safetensors", "bytes": 20480},
…]}`; behind its line feed come the files' bytes, one after another, in that order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import Field, ValidationError

from service.errors import Invalid
from service.fields import Id, Wire
from trainer.recipe import Problem, problems

MOST_FILES = 10_000
FILE_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


class Enclosed(Wire):
    """One file: whose it is, its name, and how many of the bytes are its own."""

    trial: Id
    name: str = Field(pattern=f"^{FILE_NAME}$")
    bytes: int = Field(ge=0, le=2**40)


class Contents(Wire):
    """What the first line lists."""

    files: list[Enclosed] = Field(max_length=MOST_FILES)


@dataclass(frozen=True)
class TrialFile:
    """A file of a trial, to be kept under its name."""

    trial: int
    name: str
    content: bytes

    @property
    def key(self) -> tuple[int, str]:
        """What a trial has one of."""
        return self.trial, self.name


def unpacked(body: bytes) -> list[TrialFile]:
    """The files in order. Raises Invalid where the first line or the lengths are wrong."""
    end = body.find(b"\n")
    if end < 0:
        message = "has no first line; it is JSON that lists the files, ended by a line feed"
        raise Invalid([Problem("body", None, message)])
    try:
        listed = Contents.model_validate_json(body[:end]).files
    except ValidationError as error:
        raise Invalid(problems(error, Contents)) from error
    told, came = sum(file.bytes for file in listed), len(body) - end - 1
    if told != came:
        message = f"the files listed have {told} bytes, but {came} follow the first line"
        raise Invalid([Problem("files", None, message)])
    return list(_cut(listed, body, end + 1))


def _cut(listed: list[Enclosed], body: bytes, start: int) -> Iterator[TrialFile]:
    for file in listed:
        yield TrialFile(file.trial, file.name, body[start : start + file.bytes])
        start += file.bytes
