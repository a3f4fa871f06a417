"""Monte-Carlo dropout: what a network does not know, from passes with dropout on.

Gal and Ghahramani, *Dropout as a Bayesian Approximation* (ICML 2016), eq. 6; the split of the
entropy by Houlsby et al. (2011), eq. 1.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd  # what all of torch's dropouts are

from trainer.errors import BadRecipe
from trainer.seeds import Stream, seeded

BATCH = 1024  # samples; bounds memory


@dataclass(frozen=True)
class Predictive:
    """Per sample; entropies are in nat, between 0 and log C.

    `mean` [N, C] is the mean probability p̄ = mean_t p_t, `entropy` [N] H(p̄), the whole
    uncertainty, and `mutual_information` [N] H(p̄) − mean_t H(p_t), the part that more data would
    take away: how much the passes disagree.
    """

    mean: Tensor
    entropy: Tensor
    mutual_information: Tensor


def predict(model: nn.Module, inputs: Tensor, passes: int, seed: int) -> Predictive:
    """At least one pass over inputs [N, ...] of a model that puts out logits [N, C].

    All but dropout is as in evaluation. The modes of the model's modules and torch's random
    numbers are left as they were. Raises BadRecipe for a model without dropout.
    """
    dropouts = [m for m in model.modules() if isinstance(m, _DropoutNd) and m.p > 0]
    if not dropouts:
        message = "the model has no dropout; give it one, such as model.dropout: 0.5"
        raise BadRecipe("evaluation.mc_dropout", passes, message)
    with torch.no_grad(), _only(dropouts, model), seeded(str(inputs.device), Stream.MASKS, seed):
        parts = [_predict(model, batch, passes) for batch in torch.split(inputs, BATCH)]
    return Predictive(*(torch.cat(each) for each in zip(*parts, strict=True)))


def _predict(model: nn.Module, inputs: Tensor, passes: int) -> tuple[Tensor, Tensor, Tensor]:
    total = within = torch.zeros((), dtype=torch.float64, device=inputs.device)
    for _ in range(passes):
        p = model(inputs).double().softmax(dim=1)
        total, within = total + p, within + _entropy(p)
    entropy = _entropy(total / passes)
    # Never below zero (entropy is concave), but for rounding.
    return total / passes, entropy, (entropy - within / passes).clamp(min=0.0)


def _entropy(p: Tensor) -> Tensor:
    each: Tensor = torch.special.entr(p)
    return each.sum(dim=1)


@contextmanager
def _only(dropouts: list[_DropoutNd], model: nn.Module) -> Iterator[None]:
    """These modules in training mode, all others in evaluation mode, as long as it lasts."""
    before = {module: module.training for module in model.modules()}
    model.eval()
    for dropout in dropouts:
        dropout.train()
    try:
        yield
    finally:
        for module, training in before.items():
            module.training = training
