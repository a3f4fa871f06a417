"""Random numbers that follow from given numbers alone.

torch's global generators are borrowed and put back, so that neither the caller nor a run beside
this one notices.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import torch
from torch import Tensor


class Stream(StrEnum):
    """What the numbers are for; the same seed gives each use numbers of its own."""

    WEIGHTS = "weights"  # of (seed)
    ORDER = "order"  # of (data seed, data epoch)
    MASKS = "masks"  # of (data seed, data epoch, step)
    PRETRAINING = "pretraining"  # of (seed, layer), and of (data seed, layer, epoch)


def order(samples: int, data_seed: int, data_epoch: int) -> Tensor:
    """A permutation [samples] on the CPU; epoch 0 is never trained on and picks tiny subsets."""
    generator = torch.Generator().manual_seed(mixed(Stream.ORDER, data_seed, data_epoch))
    return torch.randperm(samples, generator=generator)


@contextmanager
def seeded(device: str, stream: Stream, *numbers: int) -> Iterator[None]:
    """torch's generators of the CPU and of `device` start from these numbers while inside.

    No other generator is touched: `torch.manual_seed` would reset those of every GPU, and
    `fork_rng` around it would have to keep and put back all of them in each step.
    """
    generators = _global_generators(device)
    before = [generator.get_state() for generator in generators]
    for generator in generators:
        generator.manual_seed(mixed(stream, *numbers))
    try:
        yield
    finally:
        for generator, state in zip(generators, before, strict=True):
            generator.set_state(state)


def mixed(stream: Stream, *numbers: int) -> int:
    """A 63-bit seed: a hash, so that seeds are as good as independent (a sum would collide).

    `np.random.SeedSequence` would do, but reads (1, 2) as (1, 2, 0).
    """
    text = ":".join(map(str, (stream, *numbers)))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def _global_generators(device: str) -> list[torch.Generator]:
    if not device.startswith("cuda"):
        return [torch.default_generator]
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch's own; it makes the generators
    return [torch.default_generator, torch.cuda.default_generators[torch.device(device).index]]
