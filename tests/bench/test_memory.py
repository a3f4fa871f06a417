"""What is needed, counted by hand; what is measured, on allocations of a known size."""

from pathlib import Path

import pytest
import torch
from torch import nn

from bench.fusion.cases import CASES
from bench.memory import counted, kept, measure, widest

FLOAT = 4  # bytes
MEBI = 2**20


def test_autograd_keeps_what_the_backward_pass_reads() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)).to("meta")
    inputs = torch.empty(8, 6, device="meta")
    targets = torch.empty(8, dtype=torch.int64, device="meta")
    hidden, log_probabilities, count = 8 * 5, 8 * 3, 1
    assert kept(model, inputs, targets) == FLOAT * (hidden + log_probabilities + count)


def test_the_widest_layer_leaves_the_samples_out() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)).to("meta")
    assert widest(model, torch.empty(8, 6, device="meta")) == FLOAT * 8 * (5 + 5)


def test_the_peak_is_of_what_is_held_at_a_time() -> None:
    with counted() as peak:
        for _ in range(3):
            first = torch.empty(MEBI, dtype=torch.uint8)
            second = torch.empty(2 * MEBI, dtype=torch.uint8)
            del first, second
    assert peak[0] == pytest.approx(3 * MEBI, rel=0.01)


def test_a_trial_of_digits() -> None:
    row = measure(CASES["digits"], (16, 24), Path("nowhere"))  # of fewer, loading takes more
    weights = FLOAT * (65 * 64 + 65 * 10)
    assert row["parameters"] == row["gradients"] == row["optimizer_state"] == weights
    assert row["activations"] == FLOAT * (64 * 64 + 64 * 10 + 1)
    assert row["needed"] == 3 * weights + row["activations"]
    assert row["measured"] > 3 * weights  # themselves, their velocities and the best ones at least
    assert row["measured"] == pytest.approx(row["times"] * row["needed"], rel=0.01)
