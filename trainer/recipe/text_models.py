"""Models that read texts as token ids. A text is as long as the data says; 0 is padding."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from trainer.recipe.ingredient import Menu
from trainer.recipe.layers import Activation, He, Init, Relu
from trainer.recipe.models import Layered, Model, Rate, Width

Dimensions = Annotated[int, Field(ge=1, le=4096)]
Words = Annotated[int, Field(ge=1, le=100)]


class TextCnn(Model):
    """Filters over 3, 4 and 5 words at a time; the strongest answer of each counts (Kim 2014).

    `dimensions` is the length of a word's vector, `filters` the number for each of `widths`.
    """

    name: Literal["text_cnn"] = "text_cnn"
    dimensions: Dimensions = 128
    filters: Width = 100
    widths: list[Words] = Field(default=[3, 4, 5], min_length=1, max_length=16)
    dropout: Rate = 0.5
    activation: Annotated[Activation, Menu("relu")] = Relu()
    init: Annotated[Init, Menu("he")] = He()
    per_trial = frozenset({"dropout"})

    @field_validator("widths")
    @classmethod
    def _once(cls, widths: list[int]) -> list[int]:
        if len(set(widths)) < len(widths):
            raise ValueError("names a width twice; raise `filters` to have more of it")
        return widths


class BagOfEmbeddings(Layered):
    """The mean of the words' vectors, then fully connected layers: no word knows its place.

    `dimensions` is the length of a word's vector; without `hidden` layers it is fastText's model
    (Joulin et al. 2017, §2.1).
    """

    name: Literal["bag_of_embeddings"] = "bag_of_embeddings"
    dimensions: Dimensions = 64
    hidden: list[Width] = Field(default=[], max_length=64)
