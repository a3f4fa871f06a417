"""Losses against what the file's formulas say, by hand, and the targets that they take."""

import math

import pytest
import torch
from torch import nn

from bench.diagnosis.grammar import Case, case_of
from bench.diagnosis.losses import FUNCTIONS, fitting, loss_of
from bench.diagnosis.truth import baseline

P = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]])
LABELS = torch.tensor([0, 1])


def case(loss: str, inject: tuple[str, ...] = (), **extra: float) -> Case:
    return case_of(
        {
            "id": "one",
            "config": {
                "data": "digits", "layers": ["10 linear"], "loss": loss,
                "optimizer": {"name": "sgd", "lr": 0.1}, "epochs": 1,
            },
            "extra": {"inject": list(inject), **extra},
        }
    )  # fmt: skip


def test_likelihoods() -> None:
    expected = (math.log(2) + math.log(10)) / 2
    for name in ("nll_clip", "nll_raw", "cce_keras"):
        assert float(FUNCTIONS[name](P, LABELS)) == pytest.approx(expected, rel=1e-6)
    assert float(FUNCTIONS["cce_keras"](3 * P, LABELS)) == pytest.approx(expected, rel=1e-6)


def test_clipping() -> None:
    certain, wrong = torch.tensor([[0.0, 1.0]]), torch.tensor([0])
    assert float(FUNCTIONS["cce_keras"](certain, wrong)) == pytest.approx(-math.log(1e-7), rel=1e-4)
    assert float(FUNCTIONS["nll_clip"](certain, wrong)) == pytest.approx(-math.log(1e-32), rel=1e-4)
    assert float(FUNCTIONS["nll_raw"](certain, wrong)) == math.inf
    found = FUNCTIONS["bce"](torch.zeros(1, 1), torch.ones(1, 1))
    assert float(found) == pytest.approx(-math.log(1e-7), rel=1e-4)


def test_the_broadcasting_bug_is_there() -> None:
    outputs, targets = torch.tensor([[1.0], [3.0]]), torch.tensor([1.0, 3.0])
    assert float(FUNCTIONS["mse_bcast"](outputs, targets)) == 2.0  # the mean of 0, 4, 4, 0


def test_one_hot_within_or_without() -> None:
    plain, modules = (loss_of(case("mse_onehot").config, style) for style in ("plain", "modules"))
    given = [fitting(LABELS, 3, "mse_onehot", 3, style) for style in ("plain", "modules")]
    assert given[0].shape == (2,)
    assert given[1].shape == (2, 3)
    assert float(plain(P, given[0])) == pytest.approx(float(modules(P, given[1])))


def test_targets_as_the_loss_takes_them() -> None:
    assert fitting(LABELS, 10, "ce_logits", 10, "plain").shape == (2,)
    assert fitting(LABELS, 1, "bce", 2, "plain").shape == (2, 1)
    assert fitting(torch.zeros(2, 1), 1, "mse_bcast", None, "plain").shape == (2,)
    masks = torch.zeros(2, 8, 8, dtype=torch.int64)
    assert fitting(masks, 2, "ce_logits", 2, "plain").shape == (2, 8, 8)
    assert fitting(masks, 1, "bce_logits", 2, "plain").shape == (2, 1, 8, 8)


@pytest.mark.parametrize(
    ("text", "factor"), [("the loss is summed over the batch", 2.0), ("minus the loss", -1.0)]
)
def test_faults_of_the_loss(text: str, factor: float) -> None:
    faulty, sound = loss_of(case("ce_logits", (text,)).config), loss_of(case("ce_logits").config)
    assert float(faulty(P, LABELS)) == pytest.approx(factor * float(sound(P, LABELS)))


def test_a_sum_over_pixels_counts_pixels() -> None:
    faulty = loss_of(case("ce_logits", ("summed",)).config)
    outputs, masks = torch.zeros(3, 2, 4, 4), torch.zeros(3, 4, 4, dtype=torch.int64)
    assert float(faulty(outputs, masks)) == pytest.approx(3 * 16 * math.log(2))


def test_smoothing_and_weights_are_torchs_own() -> None:
    found = loss_of(case("ce_logits", label_smoothing=0.1).config, "plain", torch.ones(3))
    expected = nn.CrossEntropyLoss(torch.ones(3), label_smoothing=0.1)
    assert float(found(P, LABELS)) == float(expected(P, LABELS))


def test_baselines_by_hand() -> None:
    labels = torch.tensor([0, 0, 0, 1])
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    values = labels[:, None].float()
    assert baseline("ce_logits", labels, 2, labels) == pytest.approx(entropy)
    assert baseline("bce", labels, 2, values) == pytest.approx(entropy)
    assert baseline("mse", labels, 2, values) == pytest.approx(0.1875)
    assert baseline("mae", values, None, values) == pytest.approx(0.25)
    assert baseline("mse_onehot", labels, 2, labels) == pytest.approx(0.1875)
