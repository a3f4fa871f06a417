"""What a model's weights and gradients look like before the first update."""

import torch
from torch import Tensor, nn

from diagnostics.history import SignalValue, finite
from diagnostics.probes.initial import LossFn
from diagnostics.probes.layers import weight_matrices

SAME = 1e-6  # relative distance of two units' weights that are equal
MOST_UNITS = 2048  # of a layer that are compared
REDRAWS = 3  # times that the entries of every weight are dealt again


@torch.no_grad()
def weight_signals(model: nn.Module) -> dict[str, SignalValue]:
    """By layer: `weight_norm`, `weight_gain` (rms · √fan-in) and `unit_symmetry`.

    The gain is √2 for He's initialisation, about 1 for Glorot's and 0.58 for torch's own (He et
    al. 2015; Glorot & Bengio 2010). The symmetry is the share of units whose incoming weights
    equal another unit's of the layer.
    """
    weights = weight_matrices(model)
    return {
        "weight_norm": {n: finite(float(w.double().norm())) for n, w in weights.items()},
        "weight_gain": {name: _gain(weight) for name, weight in weights.items()},
        "unit_symmetry": {name: _symmetry(weight) for name, weight in weights.items()},
    }


def gradient_signals(
    model: nn.Module, loss_fn: LossFn, inputs: Tensor, targets: Tensor
) -> dict[str, SignalValue]:
    """By layer `gradient_norm` and `gradient_zero` (share of exact zeros); the model is a copy.

    `unused_parameters` counts the trainable tensors that the loss does not reach.
    """
    with torch.enable_grad():
        loss = loss_fn(model(inputs), targets)
        if not loss.requires_grad:
            return {"unused_parameters": float(sum(p.requires_grad for p in model.parameters()))}
        torch.autograd.backward(loss.reshape(()))
    trainable = [p for p in model.parameters() if p.requires_grad]
    signals: dict[str, SignalValue] = {
        "unused_parameters": float(sum(p.grad is None for p in trainable))
    }
    found = {n: w.grad for n, w in weight_matrices(model).items() if w.grad is not None}
    signals["gradient_norm"] = {n: finite(float(g.double().norm())) for n, g in found.items()}
    signals["gradient_zero"] = {n: float((g == 0).double().mean()) for n, g in found.items()}
    for parameter in trainable:
        parameter.grad = None
    return signals


@torch.no_grad()
def redrawn_loss(model: nn.Module, loss_fn: LossFn, inputs: Tensor, targets: Tensor) -> float:
    """Mean loss over models whose weights are the same numbers in other places.

    So the scale of an initialisation is tested, whichever it is, and not one draw's luck. `model`
    is a copy and is left as it was.
    """
    weights = list(weight_matrices(model).values())
    saved = [weight.detach().clone() for weight in weights]
    generator = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(REDRAWS):
        for weight, old in zip(weights, saved, strict=True):
            dealt = torch.randperm(old.numel(), generator=generator).to(old.device)
            weight.copy_(old.flatten()[dealt].reshape(old.shape))
        losses.append(float(loss_fn(model(inputs), targets)))
    for weight, old in zip(weights, saved, strict=True):
        weight.copy_(old)
    return sum(losses) / len(losses)


@torch.no_grad()
def mixing(model: nn.Module, inputs: Tensor) -> float:
    """How far the first sample's output moves when the rest of its batch is exchanged.

    As a share of the outputs' size, in evaluation mode, so that batch norm plays no part.
    """
    if len(inputs) < 4:
        return 0.0
    half = len(inputs) // 2
    first, other = inputs[:half].clone(), inputs[-half:].clone()
    other[0] = first[0]
    one, two = model(first), model(other)
    size = float(one.double().square().mean().sqrt())
    moved = float((one[0] - two[0]).double().square().mean().sqrt())
    return moved / size if size > 0 else 0.0


def _gain(weight: Tensor) -> float | None:
    fan_in = weight[0].numel()
    return finite(float(weight.double().square().mean().sqrt()) * fan_in**0.5)


def _symmetry(weight: Tensor) -> float:
    rows = weight[:MOST_UNITS].flatten(1).double()
    if len(rows) < 2:
        return 0.0
    size = rows.norm(dim=1).clamp_min(1e-300)
    nearest = torch.cdist(rows, rows) / size.unsqueeze(1)
    nearest.fill_diagonal_(torch.inf)
    alike = (nearest.min(dim=1).values < SAME) | (rows == 0).all(dim=1)
    return float(alike.double().mean())
