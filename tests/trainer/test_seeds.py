"""Random numbers follow from given numbers alone and leave the caller's as they were."""

import itertools

import pytest
import torch

from trainer.seeds import Stream, mixed, order, seeded


def test_seeds_do_not_collide_within_or_between_streams() -> None:
    """Neither by a zero at the end nor by digits that move to the next number."""
    small = range(12)
    seeds = [mixed(Stream.WEIGHTS, a) for a in small]
    seeds += [mixed(Stream.ORDER, a, b) for a, b in itertools.product(small, small)]
    seeds += [mixed(Stream.MASKS, *three) for three in itertools.product(small, small, small)]
    seeds += [mixed(stream, 5, 11) for stream in (Stream.WEIGHTS, Stream.MASKS)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_order_is_a_permutation_of_its_own_for_each_seed_and_epoch() -> None:
    first = order(100, 0, 1)
    assert sorted(first.tolist()) == list(range(100))
    assert torch.equal(first, order(100, 0, 1))
    assert not torch.equal(first, order(100, 0, 2))
    assert not torch.equal(first, order(100, 1, 1))


def test_order_leaves_the_callers_generator_alone() -> None:
    before = torch.get_rng_state()
    order(100, 0, 1)
    assert torch.equal(torch.get_rng_state(), before)


def drawn(*numbers: int) -> list[float]:
    with seeded("cpu", Stream.MASKS, *numbers):
        values: list[float] = torch.rand(4).tolist()
        return values


def test_seeded_draws_follow_from_the_numbers() -> None:
    assert drawn(1, 2, 3) == drawn(1, 2, 3)
    assert len({tuple(drawn(*n)) for n in [(1, 2, 3), (1, 3, 2), (0, 2, 3), (1, 2, 0)]}) == 4


def test_the_callers_generator_goes_on_where_it_was() -> None:
    torch.manual_seed(3)
    undisturbed = torch.rand(4)
    torch.manual_seed(3)
    first = torch.rand(2)
    drawn(1, 2, 3)
    assert torch.equal(torch.cat([first, torch.rand(2)]), undisturbed)


def test_it_is_put_back_after_an_error_too() -> None:
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), seeded("cpu", Stream.WEIGHTS, 0):
        torch.rand(1).item() / 0
    assert torch.equal(torch.get_rng_state(), before)
