"""A model with its regularisation off, and put back exactly as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.spectral_norm import SpectralNorm


@contextmanager
def regularisation_off(model: nn.Module) -> Iterator[None]:
    """Dropout off (eval mode) while inside; modes, buffers and random generators are restored.

    Batch norm goes on using the statistics of the batch: the running ones of an untrained model
    are 0 and 1 whatever its activations are, and would not normalise anything.
    """
    modes = {module: module.training for module in model.modules()}
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    with torch.random.fork_rng(devices=_cuda_devices(model)):
        try:
            _evaluation_mode(model)
            yield
        finally:
            for module, mode in modes.items():
                module.training = mode
            _restore(buffers)


def _evaluation_mode(model: nn.Module) -> None:
    """Eval mode for everything but batch norm and its kin, told by their running statistics.

    Those that are frozen go on normalising by what they were frozen with.
    """
    model.eval()
    for module in model.modules():
        normalised = hasattr(module, "running_mean") and not _is_frozen(module)
        if normalised or isinstance(module, _SpectralNorm) or _iterates(module):
            module.train()


def _is_frozen(module: nn.Module) -> bool:
    parameters = list(module.parameters())
    return bool(parameters) and not any(p.requires_grad for p in parameters)


@torch.no_grad()
def _restore(buffers: list[tuple[Tensor, Tensor]]) -> None:
    for buffer, saved in buffers:
        buffer.copy_(saved)


def _cuda_devices(model: nn.Module) -> list[int]:
    return sorted({p.device.index for p in model.parameters() if p.device.type == "cuda"})


def _iterates(module: nn.Module) -> bool:
    return any(isinstance(hook, SpectralNorm) for hook in module._forward_pre_hooks.values())
