"""Every model, stacked, has the numbers of the plain loop, with settings of its own per trial."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainer.files.written import write_all
from tests.trainer.stack.single import alone, exact, recipes, stacked, worst
from trainer.models.mlp import Mlp

IMAGES: dict[str, Any] = {"data": "digits", "batch_size": 512}
MASKS: dict[str, Any] = {"data": {"name": "shapes", "samples": 40, "size": 16}, "batch_size": 16}
TEXTS: dict[str, Any] = {"data": {"name": "text_tsv", "file": "texts", "length": 8}}
CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "lenet5": ({**IMAGES, "model": "lenet5"}, [{}] * 3),
    "small_cnn": (
        {**IMAGES, "augment": ["flip", "gaussian_noise", "mixup"]},
        [
            {"model": {"name": "small_cnn", "channels": [4], "spatial_dropout": True, "dropout": p}}
            for p in (0.5, 0.0, 0.2)
        ],
    ),
    "resnet": (
        {**IMAGES, "model": {"name": "resnet", "depth": 8, "width": 4, "shortcut": "projection"}},
        [{}] * 3,
    ),
    "inception": (
        IMAGES,
        [
            {
                "model": {
                    "name": "inception",
                    "blocks": [1, 1],
                    "width": 1,
                    "auxiliary": 1,
                    "auxiliary_weight": weight,
                    "dropout": dropout,
                }
            }
            for weight, dropout in ((0.3, 0.4), (0.6, 0.0), (0.0, 0.1))
        ],
    ),
    "unet": (
        {**MASKS, "model": {"name": "unet", "depth": 1, "width": 4, "norm": "batch"}},
        [
            {"loss": {"name": "dice", "cross_entropy": w, "smooth": s}}
            for w, s in ((1, 1), (0, 3), (2, 1))
        ],
    ),
    "autoencoder": (
        {**IMAGES, "loss": "mse"},
        [
            {"model": {"name": "autoencoder", "hidden": [8], "code": 4, "tied": True, "noise": std}}
            for std in (0.1, 0.0, 0.3)
        ],
    ),
    "text_cnn": (
        TEXTS,
        [
            {"model": {"name": "text_cnn", "filters": 4, "widths": [2, 3], "dropout": rate}}
            for rate in (0.0, 0.5, 0.2)
        ],
    ),
    "bag_of_embeddings": ({**TEXTS, "model": "bag_of_embeddings"}, [{}] * 3),
    "leaky_relu": (
        {},
        [{"model": {"activation": {"name": "leaky_relu", "slope": s}}} for s in (0.0, 0.1, 0.3)],
    ),
    "elu": (
        {},
        [{"model": {"activation": {"name": "elu", "alpha": alpha}}} for alpha in (0.5, 1.0, 2.0)],
    ),
    "prelu": ({"model": {"activation": "prelu"}, "optimizer": {"decay_all": False}}, [{}] * 3),
    "metrics": (
        {"model": {"dropout": 0.2}},
        [{"evaluation": {"metrics": ["top_k"]}}, {"evaluation": {"bootstrap": 20}}, {}],
    ),
    "mc_dropout": (
        {"evaluation": {"mc_dropout": 3}},
        [{"model": {"dropout": rate}} for rate in (0.1, 0.2, 0.5)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_are_those_of_the_plain_loop(name: str, tmp_path: Path) -> None:
    write_all(tmp_path)
    base, trials = CASES[name]
    shared = {"epochs": 2, "optimizer": {"weight_decay": 0.01}}
    chosen = recipes({**shared, **base}, *trials)
    with exact():
        ours, theirs = (each(chosen, folder=tmp_path) for each in (stacked, alone))
        assert worst(ours, theirs) <= 1e-9


class Counted(nn.Module):
    """As a user may write it: its buffer is replaced in every step, not changed in place."""

    seen: Tensor

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.inner = model
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.inner(x)
        if self.training:
            self.seen = self.seen + outputs.mean()
        return outputs + 0.1 * self.seen.detach()


def test_buffers_that_a_model_replaces_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Mlp.build
    monkeypatch.setattr(Mlp, "build", lambda self, form: Counted(made(self, form)))
    chosen = recipes({"epochs": 2}, {}, {}, {})
    with exact():
        assert worst(stacked(chosen), alone(chosen)) <= 1e-9
