"""A step under watch never asks the device for a number: on a GPU each such question is a wait."""

from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from diagnostics import Monitor, preflight

READS = ("_local_scalar_dense", "is_nonzero", "equal", "nonzero")  # what needs the number itself


class Reads(TorchDispatchMode):
    """Counts the operations that a GPU would have to be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name in READS:
            self.found.append(name)
        return func(*args, **(kwargs or {}))


def test_a_step_reads_nothing_back() -> None:
    torch.manual_seed(0)
    inputs, targets = torch.randn(64, 8), torch.randint(3, (64,))
    model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    loss_fn = nn.CrossEntropyLoss()
    before = preflight(model, loss_fn, inputs, targets, optimizer=optimizer, seconds=0)
    sample = inputs, targets
    monitor = Monitor(model, optimizer, loss_fn=loss_fn, sample=sample, preflight=before, every=2)
    reads = Reads()
    for _ in range(20):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        with reads:
            monitor.step(loss)
    assert reads.found == [READS[0]] * 20  # the loss itself, which lies on the CPU
    with reads:
        monitor.epoch()
    assert len(reads.found) > 20  # the epoch's end is where it waits
