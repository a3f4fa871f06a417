"""Weights that were trained before as the beginning, and which of them are trained on."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainer.recipe.data import FileName
from trainer.recipe.ingredient import Settings

Layer = Annotated[str, Field(min_length=1, max_length=500)]


class Transfer(Settings):
    """Start from the best epoch of a finished `trial`, or from a `file` of the data folder.

    A file is a checkpoint of ours or a plain safetensors file of a model's weights. A layer is a
    module with parameters of its own, in the model's order; the head is what is called `output`.
    `train` is what is trained on: `head` alone, the `last` so many `layers`, or `all`; the others
    are frozen, and so are their moving statistics. Each layer has `lr_decay` times the learning
    rate of the one after it (discriminative fine-tuning: Howard and Ruder 2018, §3.2, who take
    1/2.6). What begins afresh is trained in any case: the layers in `drop`, with all inside of
    them, and the head where its number of outputs is another or with `new_head`.
    """

    trial: int | None = Field(default=None, ge=1, lt=2**31)
    file: FileName | None = None
    train: Literal["all", "head", "last"] = "all"
    layers: int | None = Field(default=None, ge=1, le=10_000)
    lr_decay: float = Field(default=1.0, gt=0.0, le=1.0)
    drop: list[Layer] = Field(default=[], max_length=1000)
    new_head: bool = False
    per_trial: ClassVar[frozenset[str]] = frozenset({"lr_decay"})
    unstackable: ClassVar[str | None] = (
        "frozen layers and lr by layer are the single loop's alone as yet"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.trial is None) == (self.file is None):
            raise ValueError("give one of `trial` and `file`: where the weights come from")
        if (self.train == "last") != (self.layers is not None):
            raise ValueError("`layers` goes with `train: last`: how many of them are trained on")
        return self
