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
    """By layer: `weight_norm` and `weight_gain` (rms · √fan-in).

    The gain is √2 for He's initialisation, about 1 for Glorot's and 0.58 for torch's own (He et
    al. 2015; Glorot & Bengio 2010).
    """
    weights = weight_matrices(model)
    return {
        "weight_norm": {n: finite(float(w.double().norm())) for n, w in weights.items()},
        "weight_gain": {name: _gain(weight) for name, weight in weights.items()},
    }


def gradient_signals(
    model: nn.Module, loss_fn: LossFn, inputs: Tensor, targets: Tensor
) -> dict[str, SignalValue]:
    """By layer `gradient_norm` and `unit_symmetry`; the model is a copy.

    The latter is the share of units whose incoming weights, and their gradients, equal another
    unit's of the layer: they stay equal.

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
    found = {n: _dense(w.grad) for n, w in weight_matrices(model).items() if w.grad is not None}
    signals["gradient_norm"] = {n: finite(float(g.double().norm())) for n, g in found.items()}
    weights = {n: (w.detach(), found[n]) for n, w in weight_matrices(model).items() if n in found}
    signals["unit_symmetry"] = {
        n: float((_twins(w) & _twins(g)).any(1).double().mean()) for n, (w, g) in weights.items()
    }
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
    kept = [0, -1]  # what runs along the batch axis, as a recurrent layer may, reaches the last
    other[kept] = first[kept]
    one, two = model(first), model(other)
    size = float(one.double().square().mean().sqrt())
    moved = float((one[kept] - two[kept]).double().square().mean(-1).max().sqrt())
    return moved / size if size > 0 else 0.0


def _dense(gradient: Tensor) -> Tensor:
    return gradient.to_dense() if gradient.is_sparse else gradient


def _gain(weight: Tensor) -> float | None:
    fan_in = weight[0].numel()
    return finite(float(weight.double().square().mean().sqrt()) * fan_in**0.5)


def _twins(rows: Tensor) -> Tensor:
    """Which pairs of units have equal rows, or which are 0 both `[U, U]`."""
    rows = rows[:MOST_UNITS].flatten(1).double()
    size = rows.norm(dim=1).clamp_min(1e-300)
    alike = torch.cdist(rows, rows) / size.unsqueeze(1) < SAME
    alike |= (rows == 0).all(1).unsqueeze(1) & (rows == 0).all(1).unsqueeze(0)
    twins: Tensor = alike.fill_diagonal_(False)
    return twins
