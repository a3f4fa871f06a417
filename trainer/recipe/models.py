"""Models that a recipe can name. Input and output sizes follow from the data."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from trainer.recipe.ingredient import Ingredient, Menu
from trainer.recipe.layers import Activation, Batch, He, Init, None_, Norm, Relu, Tanh, Xavier

Width = Annotated[int, Field(ge=1, le=65_536)]
Rate = Annotated[float, Field(ge=0.0, lt=1.0)]
Depth = Annotated[int, Field(ge=8, le=1202)]  # He et al. 2016, §4.2: 20 to 1202
Pooling = Literal["average", "max"]


class Model(Ingredient):
    """A network. `init` sets its weights; biases start at zero.

    Where `reconstructs`, the targets are the inputs themselves.
    """

    reconstructs: ClassVar[bool] = False


class Layered(Model):
    """Layers, each with its norm and activation. A norm's own shift replaces the layer's bias."""

    norm: Annotated[Norm, Menu("none")] = None_()
    activation: Annotated[Activation, Menu("relu")] = Relu()
    init: Annotated[Init, Menu("he")] = He()
    dropout: Rate = 0.0
    per_trial = frozenset({"dropout"})


class Mlp(Layered):
    """Fully connected layers of the widths in `hidden`, then a linear output."""

    name: Literal["mlp"] = "mlp"
    hidden: list[Width] = Field(default=[64], max_length=64)


class Convolutional(Layered):
    """Convolutions, each with its norm and activation, of images of any size.

    `dropout` acts before the output; `spatial_dropout` makes it drop whole feature maps (Tompson
    et al. 2015, §3.2).
    """

    spatial_dropout: bool = False


class Headed(Convolutional):
    """`head` is what comes between the last feature maps and the dense output.

    `flatten`: every pixel counts for itself; `average` (Lin et al. 2014, §3.2) and `max`: one
    number for each map.
    """

    head: Literal["flatten", "average", "max"] = "average"


class SmallCnn(Headed):
    """3×3 convolutions of `channels` filters, each halved by max pooling, then a linear output."""

    name: Literal["small_cnn"] = "small_cnn"
    channels: list[Width] = Field(default=[16, 32], min_length=1, max_length=16)
    head: Literal["flatten", "average", "max"] = "flatten"


class Lenet5(Headed):
    """Two 5×5 convolutions, each halved by `pool`, and three dense layers (LeCun et al. 1998, §II).

    As it is taught: every filter sees every map, pooling has no weights, the output is linear.
    Images below 32×32 are padded with zeros to that size.
    """

    name: Literal["lenet5"] = "lenet5"
    pool: Pooling = "average"
    activation: Annotated[Activation, Menu("tanh")] = Tanh()
    init: Annotated[Init, Menu("xavier")] = Xavier()
    head: Literal["flatten", "average", "max"] = "flatten"


class Staged(Headed):
    """`depth` = 6m + 2 weight layers: three stages of m blocks, with `width` filters, 2× and 4×.

    He et al. 2016, *Deep Residual Learning*, §4.2.
    """

    depth: Depth = 20
    width: Width = 16
    norm: Annotated[Norm, Menu("batch")] = Batch()

    @field_validator("depth")
    @classmethod
    def _whole_blocks(cls, depth: int) -> int:
        if (depth - 2) % 6:
            below = depth - (depth - 2) % 6
            raise ValueError(f"depth is 6m + 2, for m blocks a stage: {below} or {below + 6}")
        return depth


class PlainCnn(Staged):
    """3×3 convolutions of `depth` layers without skips: what `resnet` is to be compared with."""

    name: Literal["plain_cnn"] = "plain_cnn"


class Resnet(Staged):
    """The same layers as `plain_cnn`, with a skip around every two: a block learns a residual.

    `shortcut` is how a skip widens: `padding` with zero maps (option A of He et al. 2016, §3.3) or
    `projection` by a 1×1 convolution (B). `preactivation` puts norm and activation before the
    convolutions, so that the skips are left alone (He et al. 2016, *Identity Mappings*, §3.2).
    """

    name: Literal["resnet"] = "resnet"
    shortcut: Literal["padding", "projection"] = "padding"
    preactivation: bool = False


class Inception(Headed):
    """A small GoogLeNet: groups of four-branch blocks, halved in between by max pooling.

    `blocks` are the blocks of each group, GoogLeNet's are [2, 5, 2]. A block of `width` w puts out
    16·w maps, twice as many in each next group; w = 16 gives GoogLeNet's first one (Szegedy et al.
    2015, table 1). `block`: `v1` has 3×3 and 5×5 convolutions; `v2` has two 3×3 in place of the
    5×5, `v3` a 1×n and an n×1 in place of each n×n (Szegedy et al. 2016, §3). Each of the
    `auxiliary` heads adds its loss, times `auxiliary_weight`, in training.
    """

    name: Literal["inception"] = "inception"
    block: Literal["v1", "v2", "v3"] = "v1"
    blocks: list[Annotated[int, Field(ge=1, le=32)]] = Field(
        default=[2, 2], min_length=1, max_length=8
    )
    width: Annotated[int, Field(ge=1, le=256)] = 2
    auxiliary: int = Field(default=0, ge=0, le=2)
    auxiliary_weight: float = Field(default=0.3, ge=0.0)  # Szegedy et al. 2015, §5
    per_trial = frozenset({"dropout", "auxiliary_weight"})

    @field_validator("auxiliary")
    @classmethod
    def _between_blocks(cls, auxiliary: int, others: ValidationInfo) -> int:
        blocks = sum(others.data.get("blocks", [auxiliary + 1]))
        if auxiliary >= blocks:
            raise ValueError(f"{auxiliary} auxiliary heads need {auxiliary + 1} blocks or more")
        return auxiliary


class Unet(Convolutional):
    """A contracting and an expanding path, with skips across: an answer for every pixel.

    `depth` halvings, from `width` maps at full size to 2^depth times as many (Ronneberger et al.
    2015, §2; there 4 and 64). `padding`: `same` keeps the size in every convolution; `valid` is
    the paper's, its image is mirrored beyond its borders to make up for what they lose. Dropout
    is at the end of the contracting path (§3.1).
    """

    name: Literal["unet"] = "unet"
    depth: int = Field(default=2, ge=1, le=6)
    width: Annotated[int, Field(ge=1, le=1024)] = 16
    padding: Literal["same", "valid"] = "same"
