"""Trials of different rates have, to the bit, the masks that each would have alone."""

import itertools

import pytest
import torch
from torch import Tensor, nn
from torch.func import vmap

from trainer.stack.dropout import share_masks
from trainer.stack.scalars import Key, seen

KINDS = [nn.Dropout, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout]
RATES = [(0.5, 0.5), (0.2, 0.7), (0.0, 0.5, 0.1), (0.4, 0.0, 0.4)]


def twice(kind: type[nn.Module], rate: float) -> nn.Sequential:
    """The second one's masks depend on what the first has drawn."""
    return nn.Sequential(kind(rate), nn.Identity(), kind(rate))


@pytest.mark.parametrize(
    ("kind", "rates"),
    list(itertools.product(KINDS, RATES)),
    ids=[f"{k.__name__}-{'-'.join(map(str, r))}" for k, r in itertools.product(KINDS, RATES)],
)
def test_masks_are_those_of_a_single_trial(kind: type[nn.Module], rates: tuple[float, ...]) -> None:
    trials = [twice(kind, rate) for rate in rates]
    template = nn.Sequential(*twice(kind, max(rates)), nn.Linear(1, 1))
    which = share_masks(template, trials)
    x = torch.randn(3, 4, 5, 6, dtype=torch.float64)

    def alone(own: dict[Key, Tensor], number: Tensor) -> Tensor:
        with seen(template, own):
            found: Tensor = template[:3](x)
        return found

    torch.manual_seed(1)
    together = vmap(alone, randomness="same")(which, torch.arange(len(rates)))
    for trial, rate, ours in zip(trials, rates, together, strict=True):
        torch.manual_seed(1)
        theirs = trial(x)
        assert torch.equal(ours == 0, theirs == 0) or kind not in (nn.Dropout, nn.Dropout2d)
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-12)
        assert rate == 0.0 or not torch.equal(ours, x)


def test_evaluation_leaves_everything_alone() -> None:
    template = nn.Sequential(nn.Dropout(0.5), nn.Linear(1, 1))
    share_masks(template, [nn.Sequential(nn.Dropout(rate)) for rate in (0.5, 0.2)])
    x = torch.randn(3, 4)
    assert template.eval()[0](x) is x
