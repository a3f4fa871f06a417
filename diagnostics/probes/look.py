"""A look at the live model's activations on a fixed sample, so seldom that it costs nothing."""

import torch
from torch import nn
from torch.optim import Optimizer

from diagnostics.history import SignalValue, finite
from diagnostics.probes.activations import activation_signals
from diagnostics.probes.copies import plain
from diagnostics.probes.initial import LossFn, Sample
from diagnostics.probes.modes import regularisation_off
from diagnostics.probes.pulse import along, smallest
from diagnostics.probes.trace import traced

APART = 500  # optimizer steps between two looks: each costs as much as a few of them
ROWS = 32  # of the sample


class Look:
    """`sample` is (inputs, targets), of the training data; regularisation is off while it looks."""

    def __init__(
        self,
        model: nn.Module,
        loss_fn: LossFn,
        sample: Sample,
        optimizer: Optimizer | None = None,
    ) -> None:
        self._model = plain(model)
        self._loss_fn = loss_fn
        self._inputs, self._targets = (each[:ROWS] for each in sample)
        self._since: float = APART
        self._watched = smallest(self._model, optimizer)
        self._normalised = any(hasattr(m, "running_mean") for m in self._model.modules())
        self._seen: dict[str, SignalValue] | None = None

    def after(self, steps: SignalValue) -> dict[str, SignalValue]:
        """After an epoch of so many steps: the signals, or none where the last look is recent."""
        self._seen = None
        self._since += steps if isinstance(steps, float) else APART
        if self._since < APART:
            return {}
        self._since = 0
        return self.now()

    def _agreement(self) -> float | None:
        """Cosine of the last step's gradient and that of the sample, in one small tensor.

        Regularisation is off already.
        """
        watched = self._watched
        if watched is None or watched.grad is None or watched.grad.is_sparse:
            return None
        with torch.enable_grad():
            loss = self._loss_fn(self._model(self._inputs), self._targets)
            (own,) = torch.autograd.grad(loss.reshape(()), [watched], allow_unused=True)
        return None if own is None else finite(float(along(watched.grad, own)))

    @torch.no_grad()
    def now(self) -> dict[str, SignalValue]:
        """Of the model as it is; the same until the next epoch."""
        if self._seen is None:
            with regularisation_off(self._model):
                trace = traced(self._model, self._inputs)
                loss = float(self._loss_fn(trace.output, self._targets))
                agreement = self._agreement()
            self._seen = activation_signals(trace) | {"sample_loss": finite(loss)}
            if agreement is not None:
                self._seen["gradient_agreement"] = agreement
            if self._normalised:
                self._seen["running_loss"] = self._by_running_statistics()
        return self._seen

    def _by_running_statistics(self) -> float | None:
        """The loss as a validation sees it: batch norm by what it has gathered."""
        with regularisation_off(self._model):
            self._model.eval()
            return finite(float(self._loss_fn(self._model(self._inputs), self._targets)))
