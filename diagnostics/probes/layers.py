"""Which tensors of a model are a layer's weights, and what that layer is called."""

from collections import Counter
from collections.abc import Iterable
from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

NORMS = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
COMPILED = "_orig_mod."  # what torch.compile puts before every name


def weight_matrices(model: nn.Module) -> dict[str, nn.Parameter]:
    """Layer → its weight, in the model's order: the trainable tensors of two or more dimensions.

    Biases, norms and frozen tensors are left out: their norm may be near zero by design, so that
    a ratio to it means nothing. A layer is named by its module's path (`fc1`); a module that has
    several matrices (an LSTM) gives one layer for each, named by the parameter.
    """
    scales = {id(p) for m in model.modules() if isinstance(m, NORMS) for p in m.parameters()}
    found = {
        name.replace(COMPILED, ""): weight
        for name, weight in model.named_parameters()
        if weight.requires_grad and weight.ndim >= 2 and id(weight) not in scales
    }
    owners = Counter(name.rpartition(".")[0] for name in found)
    return {_layer(name, owners): weight for name, weight in found.items()}


@torch.no_grad()
def norms(tensors: Iterable[Tensor]) -> Tensor:
    """Euclidean norm of each tensor, `[L]` on the first one's device; at least in float32."""
    found = [t.coalesce().values() if t.is_sparse else t for t in tensors]
    if not found:
        return torch.empty(0)
    types = {tensor.dtype for tensor in found}
    exact = reduce(torch.promote_types, types, torch.float32)  # ‖w‖² overflows in float16
    each = torch._foreach_norm(found, 2, exact)
    return torch.stack([norm.to(each[0].device) for norm in each])


def _layer(name: str, owners: Counter[str]) -> str:
    owner = name.rpartition(".")[0]
    return owner if owner and owners[owner] == 1 else name
