"""Data sets that are drawn at random, the same in every trial: `seed` is a setting of theirs."""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from trainer.recipe.data.data import Data

Samples = Annotated[int, Field(ge=10, le=1_000_000)]
Noise = Annotated[float, Field(ge=0.0, le=100.0)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
MOST_NUMBERS = 100_000_000  # in one set: 0.8 GB while they are drawn


Drawn = TypeVar("Drawn", bound=Data)


class Blobs(Data):
    """Round clouds with std `noise` about `classes` centres, uniform in −10…10 by feature."""

    name: Literal["blobs"] = "blobs"
    always = "classification"
    samples: Samples = 1000
    classes: int = Field(default=3, ge=2, le=1000)
    features: int = Field(default=2, ge=1, le=10_000)
    noise: Noise = 1.0
    seed: Seed = 0

    @model_validator(mode="after")
    def _small(self) -> Self:
        return _within(self, self.samples * self.features)


class Moons(Data):
    """Two half circles of radius 1 that reach into each other; `noise` is a std."""

    name: Literal["moons"] = "moons"
    always = "classification"
    samples: Samples = 1000
    noise: Noise = 0.1
    seed: Seed = 0


class Circles(Data):
    """A circle of radius 1 and one of radius `factor` inside it; `noise` is a std."""

    name: Literal["circles"] = "circles"
    always = "classification"
    samples: Samples = 1000
    factor: float = Field(default=0.5, ge=0.0, lt=1.0)
    noise: Noise = 0.1
    seed: Seed = 0


class Spirals(Data):
    """`classes` spiral arms of radius 0…1 and `turns` turns; `noise` is a std.

    Source: Lang and Witbrock, *Learning to tell two spirals apart* (1988).
    """

    name: Literal["spirals"] = "spirals"
    always = "classification"
    samples: Samples = 1000
    classes: int = Field(default=2, ge=2, le=100)
    turns: float = Field(default=1.0, gt=0.0, le=10.0)
    noise: Noise = 0.02
    seed: Seed = 0


class Shapes(Data):
    """Segmentation: discs, squares and triangles on a noisy background, a class per pixel.

    `classes` counts the background: 2 has discs only, 3 squares too, 4 triangles too. `noise` is
    the std of brightness, which runs from 0 to 1.
    """

    name: Literal["shapes"] = "shapes"
    always = "segmentation"
    samples: Annotated[int, Field(ge=10, le=100_000)] = 500
    size: int = Field(default=32, ge=16, le=512, description="Height and width, pixels.")
    channels: Literal[1, 3] = 1
    classes: int = Field(default=4, ge=2, le=4)
    noise: float = Field(default=0.1, ge=0.0, le=1.0)
    seed: Seed = 0

    @model_validator(mode="after")
    def _small(self) -> Self:
        return _within(self, self.samples * self.channels * self.size**2)


def _within(data: Drawn, numbers: int) -> Drawn:
    if numbers > MOST_NUMBERS:
        raise ValueError(f"has {numbers:,} numbers, more than {MOST_NUMBERS:,}; draw fewer samples")
    return data
