"""Random changes of each training batch, so that no sample is seen twice the same."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainer.recipe.ingredient import Ingredient

Amount = Annotated[float, Field(ge=0.0, le=1.0)]
Alpha = Annotated[float, Field(ge=0.01, le=1000.0)]  # below, torch's Beta underflows to ½


class Augment(Ingredient):
    """Applied in the order of the recipe; drawn anew for each batch by `data_seed`.

    All trials of a stack see the same batch, so no setting may differ between them. `mixes`: it
    makes shares of classes out of labels.
    """

    mixes: ClassVar[bool] = False


class Flip(Augment):
    """Each image mirrored left to right, and top to bottom, each with probability `p`."""

    name: Literal["flip"] = "flip"
    p: float = Field(default=0.5, ge=0.0, le=1.0)
    horizontal: bool = True
    vertical: bool = False

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.horizontal or self.vertical):
            raise ValueError("flip needs `horizontal` or `vertical`, or leave it out")
        return self


class PadAndCrop(Augment):
    """`padding` pixels of zeros on each side, then a window of the old size anywhere in it."""

    name: Literal["pad_and_crop"] = "pad_and_crop"
    padding: int = Field(default=4, ge=1, le=512)


class Rotate(Augment):
    """By an angle within ± `degrees`, about the centre."""

    name: Literal["rotate"] = "rotate"
    degrees: float = Field(default=15.0, gt=0.0, le=180.0)


class Scale(Augment):
    """Enlarged by a factor between `lowest` and `highest`, about the centre."""

    name: Literal["scale"] = "scale"
    lowest: float = Field(default=0.8, ge=0.1, le=10.0)
    highest: float = Field(default=1.2, ge=0.1, le=10.0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lowest > self.highest:
            raise ValueError(f"lowest {self.lowest} is above highest {self.highest}; swap them")
        return self


class Brightness(Augment):
    """Each image times a factor within 1 ± `amount`."""

    name: Literal["brightness"] = "brightness"
    amount: Amount = 0.2


class Contrast(Augment):
    """Each image's distance from its mean grey times a factor within 1 ± `amount`."""

    name: Literal["contrast"] = "contrast"
    amount: Amount = 0.2


class ColourJitter(Augment):
    """Brightness, contrast and saturation within 1 ± theirs; hue within ± a share of the circle."""

    name: Literal["colour_jitter"] = "colour_jitter"
    brightness: Amount = 0.2
    contrast: Amount = 0.2
    saturation: Amount = 0.2
    hue: float = Field(default=0.05, ge=0.0, le=0.5)


class GaussianNoise(Augment):
    """Independent noise on every number, of standard deviation `std`."""

    name: Literal["gaussian_noise"] = "gaussian_noise"
    std: float = Field(default=0.1, gt=0.0)


class Mixup(Augment):
    """Each sample blended with another, targets too: share λ of it, λ from Beta(α, α)."""

    name: Literal["mixup"] = "mixup"
    mixes = True
    alpha: Alpha = 0.2


class Cutmix(Augment):
    """A box of another image in each; the label's share is that of the area it leaves."""

    name: Literal["cutmix"] = "cutmix"
    mixes = True
    alpha: Alpha = 1.0
