"""Images and arrays from files in the data folder."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.data.data import MOST_CLASSES, Data, FileName, Limit


class Idx(Data):
    """Grey images and their labels in the format of MNIST, with or without gzip.

    Source: LeCun, Cortes and Burges, *The MNIST database* (1998), section on file formats.
    """

    name: Literal["idx"] = "idx"
    always = "classification"
    images: FileName = "train-images-idx3-ubyte.gz"
    labels: FileName = "train-labels-idx1-ubyte.gz"
    classes: int = Field(default=10, ge=2, le=256)
    limit: Limit = None


class CifarBinary(Data):
    """32×32 colour images in the binary format of CIFAR-10 and CIFAR-100.

    Of CIFAR-100, `labels: coarse` takes the 20 superclasses and `fine` the 100 classes.
    Source: Krizhevsky, *Learning multiple layers of features from tiny images* (2009).
    """

    name: Literal["cifar_binary"] = "cifar_binary"
    always = "classification"
    files: list[FileName] = Field(
        default=[f"data_batch_{number}.bin" for number in range(1, 6)], min_length=1, max_length=100
    )
    labels: Literal["cifar10", "coarse", "fine"] = "cifar10"
    limit: Limit = None


class ImageFolder(Data):
    """A folder with one sub-folder of images for each class, each image scaled to a square."""

    name: Literal["image_folder"] = "image_folder"
    always = "classification"
    folder: FileName = "images"
    size: int = Field(default=32, ge=1, le=1024, description="Height and width, pixels.")
    grey: bool = False


class Npz(Data):
    """NumPy arrays from one .npz file; nothing is unpickled.

    `inputs` is [N, F], [N, H, W] or [N, C, H, W] ([N, H, W, C] with `channels_last`). Bytes are
    brightness and become 0…1; all other numbers stay as they are. `targets` is whole numbers [N]
    (classification) or [N, H, W] (segmentation), or numbers [N] or [N, D] (regression). `classes`
    is by default the largest label + 1.
    """

    name: Literal["npz"] = "npz"
    file: FileName = "data.npz"
    inputs: Annotated[str, Field(min_length=1, max_length=200)] = "inputs"
    targets: Annotated[str, Field(min_length=1, max_length=200)] = "targets"
    task: Literal["classification", "segmentation", "regression"] = "classification"
    classes: int | None = Field(default=None, ge=2, le=MOST_CLASSES)
    channels_last: bool = False
    limit: Limit = None
