"""What a model gets wrong: its confusion matrix and the samples that it is most wrong about."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Picture:
    """`pixels` are bytes [height, width, channels] in base64, each picture from black to white."""

    width: int
    height: int
    channels: int
    pixels: str


@dataclass(frozen=True)
class Sample:
    """`index` is its place in the validation set; `probability` is that of the predicted class.

    None where the loss makes no probabilities, and where the sample is no small picture.
    """

    index: int
    true: int
    predicted: int
    probability: float | None
    picture: Picture | None


@dataclass(frozen=True)
class Mistakes:
    """Of the validation set after the last epoch. `confusion` counts true classes (rows) and
    predicted ones; `worst` come first. `labels` are the first classes' names, where known.
    """

    confusion: list[list[int]] | None = None
    worst: tuple[Sample, ...] = ()
    labels: tuple[str, ...] = ()

    def samples(self) -> dict[str, Any]:
        """The worst as JSON."""
        return {"labels": list(self.labels), "samples": [asdict(each) for each in self.worst]}


NONE = Mistakes()
