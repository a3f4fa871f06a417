"""The data sets are those of the replica: the numbers that it published hold."""

import pytest
import torch

from bench.diagnosis.datasets import SETS, load
from bench.diagnosis.grammar import GrammarError, Prepare
from bench.diagnosis.pictures import PICTURES


@pytest.mark.parametrize("name", [*SETS, *PICTURES])
def test_each_can_be_made_and_is_the_same_twice(name: str) -> None:
    one, two = load(name), load(name)
    assert torch.equal(one.train.inputs, two.train.inputs)
    assert one.train.inputs.isfinite().all()
    assert one.train.targets.isfinite().all()
    if one.classes is not None:
        assert one.train.targets.dtype == torch.int64
        assert set(one.train.targets.unique().tolist()) == set(range(one.classes))
    else:
        assert one.train.targets.ndim == 2


@pytest.mark.parametrize(
    ("name", "rows", "held"),
    [
        ("blob", 700, 300), ("circle", 700, 300), ("digits", 1500, 500), ("digits784", 2500, 500),
        ("iris", 75, 75), ("const01", 500, 100), ("clf10", 90, 10), ("clf22", 670, 330),
        ("clf28", 640, 160), ("clf34", 800, 200), ("clf40_noisy", 60, 300), ("tab01", 320, 80),
    ],
)  # fmt: skip
def test_splits_are_those_of_the_file(name: str, rows: int, held: int) -> None:
    data = load(name)
    assert data.validation is not None
    assert (len(data.train), len(data.validation)) == (rows, held)


def test_digits_have_the_counts_that_the_file_gives() -> None:
    """The counts of the last three digits are those of the whole training split."""
    assert load("digits").train.targets.bincount()[-3:].tolist() == [146, 137, 149]
    counts = [2, 3, 4, 6, 7, 9, 150, 146, 137, 149]
    assert load("digits_imb").train.targets.bincount().tolist() == counts


@pytest.mark.parametrize(
    ("name", "variance"),
    [("pow4", 7.112e14), ("half5", 22.39), ("sin", 0.1198), ("tab01", 0.02683), ("tab_x10", 4981)],
)
def test_variances_are_those_measured(name: str, variance: float) -> None:
    assert float(load(name).train.targets.var(correction=0)) == pytest.approx(variance, rel=1e-3)


def test_ranges_are_as_described() -> None:
    assert load("tab7_12").train.targets.aminmax() == pytest.approx((7, 12), abs=0.5)
    spread = load("tab01_badX").train.inputs.std(0)
    assert float(spread[-1] / spread[0]) == pytest.approx(1e4, rel=0.2)
    assert torch.allclose(load("iris_std").train.inputs.mean(0), torch.zeros(4), atol=0.2)


def test_preparation_rescales_inputs_and_values_and_keeps_the_first_rows() -> None:
    plain, prepared = load("tab01"), load("tab01", Prepare(2.0, 1.0, 10.0, -1.0, rows=50))
    assert len(prepared.train) == 50
    assert torch.equal(prepared.train.inputs, plain.train.inputs[:50] * 2 + 1)
    assert torch.equal(prepared.train.targets, plain.train.targets[:50] * 10 - 1)


def test_an_unknown_name_answers_with_the_nearest() -> None:
    with pytest.raises(GrammarError, match="did you mean 'digits'"):
        load("digit")
