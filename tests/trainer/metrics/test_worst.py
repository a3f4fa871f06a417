"""The samples that a model is most wrong about, and their pictures."""

import json
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
import torch

from trainer.data import Dataset
from trainer.metrics._worst import mistakes
from trainer.mistakes import Mistakes

N, C = 60, 4


def looked(inputs: torch.Tensor, *, probabilities: bool = True, **said: Any) -> Mistakes:
    """At random outputs and labels."""
    torch.manual_seed(0)
    outputs, targets = torch.randn(len(inputs), C), torch.randint(0, C, (len(inputs),))
    data = Dataset(inputs, targets, outputs=C, **said)
    return mistakes(outputs, data, probabilities=probabilities)


def test_the_surest_mistakes_come_first() -> None:
    torch.manual_seed(0)
    outputs, targets = torch.randn(N, C).numpy(), torch.randint(0, C, (N,)).numpy()
    margin = outputs.max(1) - outputs[np.arange(N), targets]
    found = looked(torch.zeros(N, 3)).worst
    assert [sample.index for sample in found] == np.argsort(-margin)[:12].tolist()
    for sample in found:
        row = outputs[sample.index]
        assert (sample.true, sample.predicted) == (targets[sample.index], row.argmax())
        assert sample.probability == pytest.approx(1 / np.exp(row - row.max()).sum(), abs=1e-4)
        assert sample.picture is None


def test_a_model_that_is_always_right_has_no_worst_sample() -> None:
    labels = torch.arange(C)
    found = mistakes(torch.eye(C), Dataset(torch.zeros(C, 2), labels, C), probabilities=True)
    assert found.worst == ()
    assert found.confusion == torch.eye(C, dtype=torch.int64).tolist()


def test_no_probability_without_a_softmax() -> None:
    found = looked(torch.zeros(N, 3), probabilities=False).worst
    assert {sample.probability for sample in found} == {None}


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 5, 7)])
def test_a_picture_goes_from_black_to_white(shape: tuple[int, ...]) -> None:
    inputs = 3 * torch.randn(N, *shape) - 1
    for sample in looked(inputs).worst:
        picture = sample.picture
        assert picture is not None
        assert (picture.channels, picture.height, picture.width) == shape
        pixels = np.frombuffer(b64decode(picture.pixels), np.uint8)
        raw = inputs[sample.index].permute(1, 2, 0).flatten().numpy()
        assert (pixels.min(), pixels.max()) == (0, 255)
        assert (pixels[raw.argmin()], pixels[raw.argmax()]) == (0, 255)


def test_a_blank_picture_is_black() -> None:
    picture = looked(torch.ones(N, 1, 2, 2)).worst[0].picture
    assert picture is not None
    assert b64decode(picture.pixels) == bytes(4)


@pytest.mark.parametrize("shape", [(2, 8, 8), (1, 40, 8), (8, 8)])
def test_what_is_no_small_picture_is_not_kept(shape: tuple[int, ...]) -> None:
    assert {sample.picture for sample in looked(torch.randn(N, *shape)).worst} == {None}


def test_the_file_stays_small() -> None:
    found = looked(torch.randn(N, 3, 32, 32), labels=("x" * 1000,) * C)
    assert [sample.picture is None for sample in found.worst[:4]] == [False, False, False, True]
    assert len(json.dumps(found.samples())) < 20_000
    assert {len(label) for label in found.labels} == {40}


def test_pixels_have_a_matrix_alone() -> None:
    outputs, labels = torch.randn(2, C, 3, 3), torch.zeros(2, 3, 3, dtype=torch.int64)
    found = mistakes(outputs, Dataset(torch.zeros(2, 1, 3, 3), labels, C), probabilities=True)
    assert found.worst == ()
    assert found.confusion is not None
    assert sum(map(sum, found.confusion)) == 18
