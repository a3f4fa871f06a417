"""Greedy layer-wise pretraining: hidden layers learn from inputs alone, one after another.

Bengio et al. 2007, *Greedy Layer-Wise Training of Deep Networks*, algorithm 2, after Hinton et al.
2006; with noise: Vincent et al. 2008. Weights follow from seed and data seed alone.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.dropout import _DropoutNd  # what all of torch's dropouts are
from torch.optim import Adam

from diagnostics.history import SignalValue, finite
from trainer.recipe import Recipe
from trainer.recipe.pretraining import Pretraining
from trainer.seeds import Stream, seeded
from trainer.setup import Setup

BATCH = 1024  # samples that are encoded at a time; bounds memory


def pretrain(recipe: Recipe, setup: Setup) -> dict[str, SignalValue]:
    """Pretrain as the recipe asks for, on all inputs of the training side; the signal of it."""
    if recipe.pretraining is None:
        return {}
    inputs = torch.cat([setup.train.inputs, setup.unlabelled])
    losses = layer_by_layer(recipe, recipe.pretraining, setup.model, inputs)
    return {"pretraining_loss": {name: finite(each[-1]) for name, each in losses.items()}}


def layer_by_layer(
    recipe: Recipe, settings: Pretraining, model: nn.Module, inputs: Tensor
) -> dict[str, list[float]]:
    """Train the hidden layers of an `mlp` on inputs [N, ...], preprocessed but not augmented.

    Layer → mean loss of each epoch: the squared error of a number that the layer is given. The
    output layer is left alone; dropout takes no part.
    """
    losses: dict[str, list[float]] = {}
    given = inputs.flatten(1)
    for number, (name, layer) in enumerate(_hidden(model), start=1):
        decoder = _decoder(recipe, number, layer, given)
        losses[name] = _train(recipe, settings, number, layer, decoder, given)
        given = _encoded(layer, given)
    model.zero_grad()
    model.train()
    return losses


def _hidden(model: nn.Module) -> Iterator[tuple[str, nn.Sequential]]:
    """Each hidden layer with its norm and activation, by its name in the model."""
    children = [(n, m) for n, m in model.named_children() if not isinstance(m, _DropoutNd)]
    starts = [i for i, (_, module) in enumerate(children) if isinstance(module, nn.Linear)]
    for first, following in pairwise(starts):
        yield children[first][0], nn.Sequential(*(m for _, m in children[first:following]))


def _decoder(recipe: Recipe, number: int, layer: nn.Sequential, given: Tensor) -> nn.Linear:
    """Linear, since a layer's inputs may be any numbers (Vincent et al. 2010, §2.2)."""
    first = layer[0]
    assert isinstance(first, nn.Linear)
    with seeded(str(given.device), Stream.PRETRAINING, recipe.seed, number):
        return nn.Linear(first.out_features, first.in_features).to(given)


def _train(
    recipe: Recipe,
    settings: Pretraining,
    number: int,
    layer: nn.Sequential,
    decoder: nn.Linear,
    given: Tensor,
) -> list[float]:
    """Mean loss of each epoch."""
    layer.train()
    optimizer = Adam([*layer.parameters(), *decoder.parameters()], lr=settings.lr, fused=True)
    steps = math.ceil(len(given) / settings.batch_size)
    sums: list[Tensor] = []
    for epoch in range(1, settings.epochs + 1):
        place = recipe.resolved_data_seed(), number, epoch
        with seeded(str(given.device), Stream.PRETRAINING, *place):
            shuffled = torch.randperm(len(given)).to(given.device)
            for rows in torch.tensor_split(shuffled, steps):  # equal ones: no batch of one row
                clean = given[rows]
                loss = F.mse_loss(decoder(layer(_corrupted(clean, settings.noise))), clean)
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                sums.append(loss.detach() * len(rows))
    totals = torch.stack(sums).view(settings.epochs, steps).sum(dim=1, dtype=torch.float64)
    means: list[float] = (totals / len(given)).tolist()
    return means


def _corrupted(clean: Tensor, noise: float) -> Tensor:
    """A share `noise` of the numbers is zero."""
    return clean if noise == 0.0 else clean * (torch.rand_like(clean) >= noise)


@torch.no_grad()
def _encoded(layer: nn.Sequential, given: Tensor) -> Tensor:
    """What the layer puts out in evaluation mode, [N, width]."""
    layer.eval()
    return torch.cat([layer(batch) for batch in torch.split(given, BATCH)])
