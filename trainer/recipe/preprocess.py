"""What is done to all inputs before training; measured on the training set alone."""

from typing import Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient


class Preprocess(Ingredient):
    """Fitted on the training set, then applied to every input, after augmentation."""


class None_(Preprocess):  # noqa: N801  # PEP 8's name for a keyword
    """Inputs stay as the data set gives them."""

    name: Literal["none"] = "none"


class MeanImage(Preprocess):
    """x − the mean image: every feature centred by its own mean."""

    name: Literal["mean_image"] = "mean_image"


class ChannelMean(Preprocess):
    """x − the mean of its channel, over all pixels of all images."""

    name: Literal["channel_mean"] = "channel_mean"


class ChannelStandardise(Preprocess):
    """(x − mean) / std of its channel, over all pixels of all images."""

    name: Literal["channel_standardise"] = "channel_standardise"


class Standardise(Preprocess):
    """(x − mean) / std, each feature by its own."""

    name: Literal["standardise"] = "standardise"


class Decorrelate(Preprocess):
    """Centred and rotated onto the principal components; `components` keeps the first of them."""

    name: Literal["decorrelate"] = "decorrelate"
    components: int | None = Field(default=None, ge=1)


class Whiten(Preprocess):
    """Decorrelated, and each component to variance 1; `zca` then rotates back to the pixels.

    `eps` is added to the variances, so that components of almost none are not blown up.
    """

    name: Literal["whiten"] = "whiten"
    method: Literal["pca", "zca"] = "pca"
    eps: float = Field(default=1e-5, gt=0.0)
    components: int | None = Field(default=None, ge=1)
