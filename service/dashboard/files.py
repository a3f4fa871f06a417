"""Small files of a trial that its page shows: the confusion matrix and the worst samples."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Annotated, Any

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from service.dashboard import words
from service.dashboard.figures.scene import Confusion
from service.dashboard.trial_views import Wrong
from service.dashboard.views import Sheet
from service.shelf import Shelf
from service.store import artifacts
from service.tables import Trial

CONFUSION, WORST = "confusion.json", "worst.json"  # what workers call them
MOST_BYTES = 20_000  # of either: 20 × 20 counts of more digits than any data set needs
MOST_CLASSES = 20  # of a matrix that a page can show
MOST_SAMPLES = 12
MOST_SIDE = 64  # px of a picture
MODES = {1: "L", 3: "RGB"}  # channels → Pillow's name

Count = Annotated[int, Field(ge=0, lt=2**53)]
Side = Annotated[int, Field(ge=1, le=MOST_SIDE)]


class Told(BaseModel):
    """Base of what a worker has written; nothing is taken for what it is not."""

    model_config = ConfigDict(strict=True, frozen=True)


class Picture(Told):
    """Bytes [height, width, channels] in base64."""

    width: Side
    height: Side
    channels: Annotated[int, Field(ge=1, le=3)]
    pixels: str


class Sample(Told):
    """As `trainer.mistakes.Sample` writes it."""

    index: Count
    true: Count
    predicted: Count
    probability: float | None = None
    picture: Picture | None = None


class Worst(Told):
    """The file `worst.json`."""

    labels: list[Annotated[str, Field(max_length=200)]] = []
    samples: list[Sample] = Field(default=[], max_length=MOST_SAMPLES)


MATRIX: TypeAdapter[list[list[int]]] = TypeAdapter(
    list[list[Count]], config=ConfigDict(strict=True)
)


def confusion(session: Session, shelf: Shelf, trial: Trial) -> Confusion | None:
    """None where the file is none of ours, or too large to be shown."""
    try:
        found = MATRIX.validate_python(_read(session, shelf, trial, CONFUSION))
    except ValidationError:
        return None
    if not 0 < len(found) <= MOST_CLASSES or any(len(row) != len(found) for row in found):
        return None
    names = worst(session, shelf, trial).labels
    labels = tuple(_name(names, i) for i in range(len(found)))
    return Confusion(tuple(map(tuple, found)), labels)


def worst(session: Session, shelf: Shelf, trial: Trial) -> Worst:
    """Empty where there is no such file, or none of ours."""
    try:
        return Worst.model_validate(_read(session, shelf, trial, WORST))
    except ValidationError:
        return Worst()


def wrong(found: Worst) -> tuple[Wrong, ...]:
    """The worst samples in words and pictures."""
    return tuple(
        Wrong(
            index=words.count(sample.index),
            true=_name(found.labels, sample.true),
            predicted=_name(found.labels, sample.predicted),
            probability="" if sample.probability is None else words.percent(sample.probability),
            picture="" if sample.picture is None else _drawn(sample.picture),
        )
        for sample in found.samples
    )


def table(found: Confusion) -> Sheet:
    """The matrix as a table, for who cannot see the figure."""
    rows = tuple(
        (name, tuple(words.count(number) if number else words.MISSING for number in row))
        for name, row in zip(found.labels, found.counts, strict=True)
    )
    title = "Samples by true class (rows) and predicted class (columns), last epoch"
    return Sheet(title, "True class", found.labels, rows)


def _read(session: Session, shelf: Shelf, trial: Trial, name: str) -> Any:
    """What the file's JSON holds; None where there is none, or it is too large."""
    rows = artifacts.listed(session, trial.id)
    row = next((row for row in rows if row.name == name and row.bytes <= MOST_BYTES), None)
    try:
        return None if row is None else json.loads(shelf.read(row.uri, row.bytes))
    except (OSError, ValueError, RecursionError):
        return None


def _name(labels: Sequence[str], number: int) -> str:
    return labels[number] if number < len(labels) else words.count(number)


def _drawn(picture: Picture) -> str:
    """A `data:` URL of a PNG; empty where the bytes are not as many as the picture says."""
    mode, size = MODES.get(picture.channels), (picture.width, picture.height)
    try:
        pixels = b64decode(picture.pixels, validate=True)
        image = None if mode is None else Image.frombytes(mode, size, pixels)
    except ValueError:
        return ""
    if image is None:
        return ""
    written = BytesIO()
    image.save(written, "PNG")
    return f"data:image/png;base64,{b64encode(written.getvalue()).decode()}"
