"""What a model and a loss must fit: the shape of the data on both sides."""

from dataclasses import dataclass
from typing import Literal

Task = Literal["classification", "segmentation", "regression"]


@dataclass(frozen=True)
class Form:
    """One sample's form.

    `shape` is one input's, without the batch: `[C, H, W]` of an image, `[F]` of a row of numbers,
    `[L]` of token ids. `outputs` is what a model puts out per sample (per pixel in segmentation):
    one logit for each class, or the numbers to predict. Where `vocabulary` is given, inputs are
    token ids (int64) below it and 0 is padding.
    """

    shape: tuple[int, ...]
    outputs: int
    task: Task = "classification"
    vocabulary: int | None = None

    def __post_init__(self) -> None:
        sizes = [*self.shape, self.outputs, 1 if self.vocabulary is None else self.vocabulary]
        if min(sizes) < 1:
            raise ValueError(f"every size of a form is at least 1; it is {self}")
