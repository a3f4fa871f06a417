"""Shapes and counts of LeCun et al. 1998, and images of other sizes."""

import pytest
import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.models.lenet5 import Lenet5
from trainer.recipe.models import Lenet5 as Settings


def shapes(model: nn.Module, images: Tensor) -> dict[str, tuple[int, ...]]:
    """What each layer puts out for one image."""
    found: dict[str, tuple[int, ...]] = {}
    for name, layer in model.named_children():
        images = layer(images)
        found[name] = tuple(images.shape[1:])
    return found


@pytest.mark.parametrize("pool", ["average", "max"])
def test_shapes_on_the_papers_images(pool: str) -> None:
    settings = Settings.model_validate({"pool": pool})
    model = Lenet5(settings).build(Form((1, 32, 32), 10))
    assert shapes(model, torch.randn(1, 1, 32, 32)) == {
        "conv1": (6, 28, 28),
        "tanh1": (6, 28, 28),
        "pool1": (6, 14, 14),
        "conv2": (16, 10, 10),
        "tanh2": (16, 10, 10),
        "pool2": (16, 5, 5),
        "flatten": (400,),
        "fc3": (120,),
        "tanh3": (120,),
        "fc4": (84,),
        "tanh4": (84,),
        "output": (10,),
    }


def test_weights() -> None:
    """(5·5·1 + 1)·6 + (5·5·6 + 1)·16 + 401·120 + 121·84 + 85·10."""
    model = Lenet5(Settings()).build(Form((1, 32, 32), 10))
    assert sum(p.numel() for p in model.parameters()) == 61_706


@pytest.mark.parametrize(
    ("shape", "padded", "features"),
    [
        ((1, 28, 28), (32, 32), 400),
        ((1, 27, 31), (32, 32), 400),
        ((3, 40, 8), (40, 32), 16 * 7 * 5),
        ((1, 1, 1), (32, 32), 400),
    ],
    ids=["28×28", "27×31", "40×8", "1×1"],
)
def test_smaller_images_are_padded(
    shape: tuple[int, int, int], padded: tuple[int, int], features: int
) -> None:
    model = Lenet5(Settings()).build(Form(shape, 10))
    images = torch.ones(1, *shape)
    found = shapes(model, images)
    assert found["pad"] == (shape[0], *padded)
    assert found["flatten"] == (features,)
    rows, columns = model.get_submodule("pad")(images)[0, 0].nonzero().T
    margins = (rows.min(), padded[0] - 1 - rows.max(), columns.min(), padded[1] - 1 - columns.max())
    assert margins[1] - margins[0] in (0, 1)
    assert margins[3] - margins[2] in (0, 1)


def test_large_images_are_not() -> None:
    model = Lenet5(Settings()).build(Form((1, 32, 50), 10))
    assert "pad" not in dict(model.named_children())


def test_dropout_and_norm() -> None:
    """Dropout follows the dense layers, the norm the convolutions."""
    settings = Settings.model_validate({"dropout": 0.5, "norm": "batch"})
    names = [name for name, _ in Lenet5(settings).build(Form((1, 32, 32), 10)).named_children()]
    assert names.index("dropout3") == names.index("fc3") + 2
    assert names.index("dropout4") == names.index("output") - 1
    assert [name for name in names if name.startswith("batch")] == ["batch1", "batch2"]
