"""A case and a seed become a model, an optimizer, a loss and data: what a user has before the loop.

The seed decides how weights begin, the order of the rows and the sample; the data stay the same.
"""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from bench.diagnosis.architectures import before_last, build, weighted
from bench.diagnosis.corruption import Split, corrupted
from bench.diagnosis.datasets import Data, Rows, load
from bench.diagnosis.grammar import Case, Config, GrammarError
from bench.diagnosis.losses import LossFn, fitting, loss_of
from bench.diagnosis.networks import dense, freeze
from bench.diagnosis.schedules import rates

SAMPLE = 512  # rows that preflight is given
ORDER, ROWS, DATA = 1_000, 2_000, 3_000  # added to the seed, so that no two draws are the same


class MixedRows(nn.Module):
    """The bug: features [N, D] are transposed, then viewed as [N, D] again."""

    def forward(self, x: Tensor) -> Tensor:
        """The shape is kept, the rows are not."""
        return x.transpose(0, 1).reshape(x.shape)


class MixedNorm(nn.Module):
    """The bug: features are standardised over the batch, whoever else is in it."""

    def forward(self, x: Tensor) -> Tensor:
        """[N, ...], kept."""
        return (x - x.mean(0)) / (x.std(0, correction=0) + 1e-5)


class Detach(nn.Module):
    """The bug: what comes before gets no gradient."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape, kept."""
        return x.detach()


BEFORE_LAST = {"mixed_rows": MixedRows, "mixed_norm": MixedNorm, "detached": Detach}


@dataclass
class Run:
    """All that the loop needs. `labels` are the targets before they were fitted to the loss."""

    case: Case
    model: nn.Module
    optimizer: Optimizer
    loss_fn: LossFn
    split: Split
    classes: int | None
    targets: Tensor
    rates: list[float]
    order: Generator
    style: str

    @property
    def config(self) -> Config:
        """What is to be trained."""
        return self.case.config

    @property
    def batch_size(self) -> int:
        """Never more than there are rows."""
        return min(self.config.batch_size or len(self.targets), len(self.targets))

    @property
    def total_steps(self) -> int:
        """Of the optimizer."""
        batches = math.ceil(len(self.targets) / self.batch_size)
        return math.ceil(batches / self.config.extra.accumulate) * self.config.epochs

    def faulty(self, kind: str) -> bool:
        """Whether that fault was put in."""
        return self.config.extra.fault(kind) is not None

    def batches(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """An epoch of inputs, fitted targets and labels, in a new order, with its faults."""
        rows = len(self.targets)
        order = torch.randperm(rows, generator=self.order)
        if self.faulty("sorted_rows"):
            order = torch.arange(rows)
        others = torch.randperm(rows, generator=self.order) if self.faulty("misaligned") else order
        spread = self._augmentation()
        size = self.batch_size
        pieces = zip(torch.split(order, size), torch.split(others, size), strict=True)
        for own, drawn in pieces:
            if self.faulty("same_batch"):
                own = drawn = torch.arange(size)
            inputs = self.split.train.inputs[drawn]
            if spread:
                inputs = inputs + spread * torch.randn(inputs.shape, generator=self.order)
            yield inputs, self.targets[own], self.split.train.targets[own]

    def sample(self, seed: int) -> tuple[Tensor, Tensor]:
        """Up to 512 training rows: of the arrays, or as the loop's batches bring them."""
        if self.style == "plain":
            random = Generator().manual_seed(seed + ROWS)
            rows = torch.randperm(len(self.targets), generator=random)[:SAMPLE]
            return self.split.train.inputs[rows], self.targets[rows]
        loader = replace(self, order=Generator().manual_seed(seed + ROWS))
        inputs, targets, _ = zip(*loader.batches(), strict=True)
        return torch.cat(inputs)[:SAMPLE], torch.cat(targets)[:SAMPLE]

    def fitted(self, rows: Rows) -> Tensor:
        """Targets of other rows, as the loss takes them."""
        outputs = _outputs(self.config, self.classes, self.split.train)
        return fitting(rows.targets, outputs, self.config.loss, self.classes, self.style)

    def _augmentation(self) -> float:
        fault = self.config.extra.fault("noisy_training")
        return float((fault.amount or 0) * self.split.train.inputs.std()) if fault else 0.0


def set_up(case: Case, seed: int, style: str = "plain") -> Run:
    """A run before its first step. Raises GrammarError where the parts do not fit together."""
    config = case.config
    data = load(config.data, config.prepare)
    split = corrupted(data, config.extra, Generator().manual_seed(seed + DATA))
    torch.manual_seed(seed)
    model = network(config, data)
    weights = _class_weights(split.train.targets) if config.extra.class_weights else None
    schedule = config.extra.lr_schedule
    lrs = [config.optimizer.lr] * config.epochs
    if config.extra.fault("zero_lr"):
        lrs = [0.0] * config.epochs
    elif schedule is not None:
        lrs = rates(schedule, config.optimizer.lr, config.epochs)
    outputs = _outputs(config, data.classes, data.train)
    return Run(
        case=case,
        model=model,
        optimizer=optimizer_of(config, model, lrs[0], style),
        loss_fn=loss_of(config, style, weights),
        split=split,
        classes=data.classes,
        targets=fitting(split.train.targets, outputs, config.loss, data.classes, style),
        rates=lrs,
        order=Generator().manual_seed(seed + ORDER),
        style=style,
    )


def network(config: Config, data: Data) -> nn.Module:
    """Drawn from torch's global random numbers, with the faults that are in a model."""
    shape = data.train.inputs.shape[1:]
    if config.model is None:
        model: nn.Module = dense(
            int(shape.numel()), config.layers, config.init, config.extra.dropout
        )
    else:
        outputs = _outputs(config, data.classes, data.train)
        model = build(config.model, config.init[0], shape, outputs)
    freeze(model, config.extra.freeze_layers)
    for kind, module in (
        ("mixed_rows", MixedRows),
        ("mixed_norm", MixedNorm),
        ("detached", Detach),
    ):
        if config.extra.fault(kind):
            before_last(model, module())
    return nn.Sequential(model, nn.Softmax(dim=0)) if config.extra.fault("mixed_softmax") else model


def optimizer_of(config: Config, model: nn.Module, lr: float, style: str) -> Optimizer:
    """With the parameters that the faults leave to it."""
    given, extra = config.optimizer, config.extra
    parameters = list(model.parameters())
    if extra.fault("last_layer_only"):
        parameters = list(weighted(model)[-1].parameters())
    elif extra.fault("first_layer_only"):
        parameters = list(weighted(model)[0].parameters())
    elif extra.fault("biases_only"):
        parameters = [p for name, p in model.named_parameters() if name.endswith("bias")]
    elif extra.fault("stale_optimizer"):
        parameters = list(copy.deepcopy(model).parameters())
    if style == "modules":
        parameters = [parameter for parameter in parameters if parameter.requires_grad]
    decay = given.weight_decay
    if given.name == "sgd":
        return SGD(parameters, lr=lr, momentum=given.momentum, weight_decay=decay)
    if given.name == "rmsprop":
        return RMSprop(parameters, lr=lr, momentum=given.momentum, weight_decay=decay)
    return (Adam if given.name == "adam" else AdamW)(parameters, lr=lr, weight_decay=decay)


def _outputs(config: Config, classes: int | None, rows: Rows) -> int:
    """Numbers that the model gives for a sample, or for a pixel of it."""
    if config.layers:
        return config.layers[-1].units
    if config.model is not None and "outputs" in config.model.options:
        return int(config.model.options["outputs"])
    if classes is None:
        return rows.targets.shape[1]
    return 1 if config.loss in ("bce", "bce_logits", "mse_bcast") and classes == 2 else classes


def _class_weights(labels: Tensor) -> Tensor:
    counts = labels.bincount().clamp(min=1)
    if labels.is_floating_point():
        raise GrammarError("class_weights need class numbers")
    return len(labels) / (len(counts) * counts)
