"""What recipes can set. No torch here: the service imports this too."""

from typing import Literal

from pydantic import Field

from trainer.recipe.data import Data
from trainer.recipe.models import Model


class Waves(Data):
    """Sine waves of a lower and a higher frequency, with Gaussian noise."""

    name: Literal["waves"] = "waves"
    samples: int = Field(default=1000, ge=10, le=100_000)
    length: int = Field(default=64, ge=8, le=4096)
    noise: float = Field(default=0.5, ge=0.0)


class FilterBank(Model):
    """One convolution over time, the largest answer of each filter, a linear output."""

    name: Literal["filter_bank"] = "filter_bank"
    filters: int = Field(default=8, ge=1, le=1024)
    width: int = Field(default=9, ge=1, le=255)
