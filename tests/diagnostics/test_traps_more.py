"""Sound learning rates, models, losses and tasks that look odd, and the same with a fault planted.

What a loop can do to gradients and optimizers is in test_traps.py.
"""

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import CyclicLR, LambdaLR, OneCycleLR

from tests.diagnostics.digits import digits
from tests.diagnostics.loops import (
    CLASSES,
    Loop,
    assert_found,
    assert_healthy,
    network,
    on_digits,
    sgd,
)

TOKENS = 12
LENGTH = 8
SHUFFLED = "label_corruption no_signal_in_inputs input_independent no_learning"


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def adam(model: nn.Module, lr: float = 3e-3) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=lr)


@functools.cache
def sentences() -> tuple[Tensor, Tensor]:
    """Tokens `[N, T]` and their successors: each is the sum of the two before it, mostly."""
    found = torch.randint(TOKENS, (600, LENGTH + 1), generator=drawn())
    for place in range(2, LENGTH + 1):
        known = (found[:, place - 1] + found[:, place - 2]) % TOKENS
        sure = torch.rand(600, generator=drawn(place)) < 0.9
        found[:, place] = torch.where(sure, known, found[:, place])
    return found[:, :-1].contiguous(), found[:, 1:].contiguous()


@functools.cache
def counted() -> tuple[Tensor, Tensor]:
    """Tokens `[N, T]` and which of three of them is the most frequent `[N]`."""
    tokens = torch.randint(TOKENS, (1000, LENGTH), generator=drawn())
    counts = torch.stack([(tokens % 3 == kind).sum(1) for kind in range(3)], dim=1)
    return tokens, counts.argmax(1)


@functools.cache
def waves() -> tuple[Tensor, Tensor]:
    """Series `[N, T, 2]` of one of four frequencies `[N]`."""
    labels = torch.randint(4, (800,), generator=drawn())
    phase = torch.rand(800, 1, generator=drawn(1)) * 6.28
    angle = phase + torch.arange(16) * (0.3 + 0.4 * labels.unsqueeze(1))
    noise = 0.1 * torch.randn(800, 16, 2, generator=drawn(2))
    return torch.stack([angle.sin(), angle.cos()], dim=2) + noise, labels


@functools.cache
def blots() -> tuple[Tensor, Tensor]:
    """Noisy pictures `[N, 1, 8, 8]` and for each pixel which of three greys it is."""
    coarse = torch.randint(3, (300, 4, 4), generator=drawn())
    labels = coarse.repeat_interleave(2, 1).repeat_interleave(2, 2)
    noise = 0.3 * torch.randn(300, 8, 8, generator=drawn(1))
    return (labels - 1 + noise).unsqueeze(1), labels


@functools.cache
def taught(outputs: int, rows: int = 1500) -> tuple[Tensor, Tensor]:
    """Inputs `[N, 12]` and what a random network says of them `[N, outputs]`, about 1 in size."""
    inputs = torch.randn(rows, 12, generator=drawn())
    first = torch.randn(12, 16, generator=drawn(1)) / 12**0.5
    second = torch.randn(16, outputs, generator=drawn(2)) / 2
    said = torch.tanh(inputs @ first) @ second
    return inputs, (said - said.mean(0)) / said.std(0)


def perceptron(inputs: int, outputs: int, *last: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    hidden = [nn.Linear(inputs, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(48, outputs), *last)


class Tied(nn.Module):
    """Next token from the two last ones; the embedding is the output layer as well."""

    def __init__(self, tied: bool = True) -> None:
        super().__init__()
        self.embed = nn.Embedding(TOKENS, 32)
        nn.init.normal_(self.embed.weight, std=0.2)
        self.mix = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 32))
        self.out = nn.Linear(32, TOKENS, bias=False)
        if tied:
            self.out.weight = self.embed.weight

    def forward(self, tokens: Tensor) -> Tensor:
        """`[N, T]` to `[N, T, V]`."""
        seen = self.embed(tokens)
        last = F.pad(seen, (0, 0, 1, 0))[:, :-1]
        found: Tensor = self.out(self.mix(torch.cat([seen, last], dim=2)))
        return found


class Recurrent(nn.Module):
    """The class of a series `[N, T, 2]`; without `batch_first` the samples are taken for time."""

    def __init__(self, batch_first: bool = True) -> None:
        super().__init__()
        self.lstm = nn.LSTM(2, 24, batch_first=batch_first)
        self.out = nn.Linear(24, 4)

    def forward(self, series: Tensor) -> Tensor:
        """`[N, 4]`."""
        self.last = self.lstm(series)[0][:, -1]  # kept to be looked at, as many models do
        found: Tensor = self.out(self.last)
        return found


class Attentive(nn.Module):
    """A transformer's layer over tokens, and the mean over them."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(TOKENS, 24)
        self.place = nn.Parameter(torch.zeros(LENGTH, 24))
        self.layer = nn.TransformerEncoderLayer(24, 2, 48, dropout=0.1, batch_first=True)
        self.out = nn.Linear(24, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        """`[N, T]` to `[N, 3]`."""
        found: Tensor = self.out(self.layer(self.embed(tokens) + self.place).mean(1))
        return found


def seeded(build: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    return build()


def next_token(outputs: Tensor, targets: Tensor) -> Tensor:
    """Over `[N, T, V]` against `[N, T]`, as language models have it."""
    return F.cross_entropy(outputs.flatten(0, 1), targets.flatten())


def tied_weights(maximize: bool = False) -> Loop:
    model = seeded(Tied)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, maximize=maximize)
    more: dict[str, Any] = {"loss_fn": next_token, "scored": False}
    return Loop(model, optimizer, *sentences(), reaches=1.7, epochs=12, batch=32, **more)


def recurrent(batch_first: bool = True) -> Loop:
    model = seeded(lambda: Recurrent(batch_first))
    return Loop(model, adam(model, 0.01), *waves(), reaches=0.3)


def attentive(lr: float = 3e-3) -> Loop:
    model = seeded(Attentive)
    return Loop(model, adam(model, lr), *counted(), reaches=0.4)


def segmentation(shuffled: bool = False) -> Loop:
    torch.manual_seed(0)
    first = [nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU()]
    layers = [*first, nn.Conv2d(12, 12, 3, padding=1)]
    model = nn.Sequential(*layers, nn.ReLU(), nn.Conv2d(12, 3, 1))
    inputs, labels = blots()
    if shuffled:
        labels = labels[torch.randperm(len(labels), generator=drawn(7))]
    return Loop(model, adam(model, 0.01), inputs, labels, reaches=0.3, batch=16)


def several_labels(sigmoid: bool = False) -> Loop:
    """Each of six may be true or not."""
    model = perceptron(12, 6, *([nn.Sigmoid()] if sigmoid else []))
    inputs, said = taught(6)
    more: dict[str, Any] = {"loss_fn": nn.BCEWithLogitsLoss(), "scored": False}
    return Loop(model, adam(model), inputs, (said > 0.5).float(), reaches=0.3, **more)


def several_outputs() -> Loop:
    model = perceptron(12, 5)
    more: dict[str, Any] = {"loss_fn": nn.MSELoss(), "scored": False}
    return Loop(model, adam(model), *taught(5), reaches=0.2, epochs=12, **more)


def noisy_values(lr: float = 1e-3, column: bool = True) -> Loop:
    """R² of 0.3 is all there is; without `column` the targets are `[N]`, the outputs `[N, 1]`."""
    model = perceptron(12, 1)
    inputs, said = taught(1, 4000)
    noise = torch.randn(4000, 1, generator=drawn(3))
    targets = 0.3**0.5 * said + 0.7**0.5 * noise
    chosen = targets if column else targets[:, 0]
    more: dict[str, Any] = {"loss_fn": _squares, "scored": False}
    return Loop(model, adam(model, lr), inputs, chosen, reaches=0.8, epochs=5, **more)


def _squares(outputs: Tensor, targets: Tensor) -> Tensor:
    """As users write it: it stretches shapes without a warning."""
    return (outputs - targets).square().mean()


def noisy_labels(shuffled: bool = False) -> Loop:
    """Four of ten labels are drawn anew; or all of them belong to other rows."""
    inputs, labels = digits()
    wrong = torch.rand(len(labels), generator=drawn(4)) < 0.4
    others = torch.randint(10, labels.shape, generator=drawn(5))
    if shuffled:
        labels = labels[torch.randperm(len(labels), generator=drawn(6))]
    model = network()
    optimizer = sgd(model, 0.03)
    return Loop(model, optimizer, inputs, torch.where(wrong, others, labels), reaches=1.9)


def rare_class(lr: float = 0.1) -> Loop:
    """One of ten is an eight."""
    inputs, labels = digits()
    model = perceptron(64, 2)
    return Loop(model, sgd(model, lr), inputs, (labels == 8).long(), reaches=0.07, epochs=16)


def warmed_up(by_epoch: bool = False) -> Loop:
    """lr grows from 0 in 60 steps; `by_epoch` forgets that these are steps."""
    model = network()
    optimizer = sgd(model)
    if by_epoch:
        slow = LambdaLR(optimizer, lambda epoch: epoch / 2e4)
        return on_digits(model, optimizer, after_epoch=lambda _: slow.step())
    return on_digits(model, optimizer, schedule=LambdaLR(optimizer, lambda n: min(1.0, n / 60)))


def cyclic() -> Loop:
    model = network()
    optimizer = sgd(model)
    schedule = CyclicLR(optimizer, base_lr=0.001, max_lr=0.2, step_size_up=20)
    return on_digits(model, optimizer, schedule=schedule)


def one_cycle(max_lr: float = 0.2) -> Loop:
    model = network()
    loop = on_digits(model)
    loop.schedule = OneCycleLR(loop.optimizer, max_lr, total_steps=loop.total_steps + 1)
    return loop


def spectral(norm: Callable[[nn.Module], nn.Module], weight_decay: float = 0.0) -> Loop:
    model = network()
    for number in (0, 3):
        norm(model[number])
    weights = model.parameters()
    optimizer = torch.optim.SGD(weights, lr=0.1, momentum=0.9, weight_decay=weight_decay)
    return on_digits(model, optimizer, reaches=0.5)


def frozen_backbone(left_out: bool = False, replaced_late: bool = False) -> Loop:
    """Only the head trains: the rest is frozen, or merely not given to the optimizer.

    What is left out has a gradient that nobody clears, and the smallest tensor of the model.
    """
    torch.manual_seed(0)
    backbone = [nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten()]
    model = nn.Sequential(*backbone, nn.Linear(288, CLASSES))
    if not left_out:
        model[:-1].requires_grad_(False)
    optimizer = adam(model[-1], 0.01)
    if replaced_late:
        model[-1] = nn.Linear(288, CLASSES)
    return on_digits(model, optimizer)


def smoothed(softmax: bool = False) -> Loop:
    model = nn.Sequential(network(), nn.Softmax(1)) if softmax else network()
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
    return on_digits(model, loss_fn=loss_fn, reaches=0.75)


def dropped(dropout: float = 0.6, width: int = 128) -> Loop:
    model = network(dropout=dropout, width=width)
    return on_digits(model, sgd(model, 0.05), reaches=0.7, epochs=12)


def batches_of_one() -> Loop:
    model = network()
    return on_digits(model, torch.optim.SGD(model.parameters(), lr=0.01), batch=1, epochs=3)


def triplet(embeddings: Tensor, labels: Tensor) -> Tensor:
    """Each row with the next one of its label and the next one of another."""
    row = torch.arange(len(labels))
    ahead = (row - row.unsqueeze(1) - 1) % len(labels)  # a row comes last for itself
    same = labels == labels.unsqueeze(1)
    like = ahead.masked_fill(~same, len(labels)).argmin(1)
    unlike = ahead.masked_fill(same, len(labels)).argmin(1)
    unit = F.normalize(embeddings, dim=1)
    return F.triplet_margin_loss(unit, unit[like], unit[unlike], margin=0.5)


def contrastive(embeddings: Tensor, labels: Tensor) -> Tensor:
    """InfoNCE over all pairs of the batch that share a label (Khosla et al. 2020)."""
    unit = F.normalize(embeddings, dim=1)
    alone = torch.eye(len(unit), dtype=torch.bool)
    near = (unit @ unit.T / 0.2).masked_fill(alone, -1e9)
    same = (labels.unsqueeze(0) == labels.unsqueeze(1)) & ~alone
    kept = same.any(1)
    pairs = torch.log_softmax(near, 1).masked_fill(~same, 0.0).sum(1)[kept]
    return -(pairs / same.sum(1)[kept]).mean()


def embedded(loss_fn: Callable[[Tensor, Tensor], Tensor], reaches: float, lr: float = 1e-3) -> Loop:
    """16 numbers for each digit: no classes, though the targets are labels."""
    model = perceptron(64, 16)
    more: dict[str, Any] = {"loss_fn": loss_fn, "scored": False}
    return Loop(model, adam(model, lr), *digits(), reaches=reaches, **more)


HEALTHY: dict[str, Callable[[], Loop]] = {
    "warm-up": warmed_up,
    "cyclic lr": cyclic,
    "one cycle": one_cycle,
    "spectral norm": lambda: spectral(nn.utils.parametrizations.spectral_norm),
    "spectral norm, old": lambda: spectral(nn.utils.spectral_norm),
    "frozen backbone": frozen_backbone,
    "backbone left out": lambda: frozen_backbone(left_out=True),
    "label smoothing": smoothed,
    "heavy dropout": dropped,
    "batches of one": batches_of_one,
    "tied weights": tied_weights,
    "recurrent": recurrent,
    "attention": attentive,
    "segmentation": segmentation,
    "several labels": several_labels,
    "several outputs": several_outputs,
    "noisy values": noisy_values,
    "noisy labels": noisy_labels,
    "rare class": rare_class,
    "triplets": lambda: embedded(triplet, 0.1),
    "contrastive": lambda: embedded(contrastive, 2.6),
}

SICK: dict[str, tuple[Callable[[], Loop], str]] = {
    "warm-up by epochs": (lambda: warmed_up(by_epoch=True), "lr_too_low"),
    "one cycle up to lr 100": (lambda: one_cycle(100.0), "lr_too_high"),
    "spectral norm, weight decay 3": (
        lambda: spectral(nn.utils.parametrizations.spectral_norm, weight_decay=3.0),
        "over_regularization",
    ),
    "head replaced late": (lambda: frozen_backbone(replaced_late=True), "parameters_not_updated"),
    "label smoothing, softmax twice": (lambda: smoothed(softmax=True), "double_softmax"),
    "dropout 0.98": (lambda: dropped(dropout=0.98, width=32), "dropout_too_high"),
    "tied weights, uphill": (lambda: tied_weights(maximize=True), "gradient_sign_flipped"),
    "recurrent, axes exchanged": (lambda: recurrent(batch_first=False), "batch_mixing"),
    "attention, lr 3": (lambda: attentive(lr=3.0), "lr_too_high"),
    "segmentation, labels shuffled": (
        lambda: segmentation(shuffled=True),
        f"{SHUFFLED} cannot_overfit_tiny_subset",
    ),
    "several labels, two sigmoids": (
        lambda: several_labels(sigmoid=True),
        "output_activation_mismatch",
    ),
    "noisy values, [N, 1] against [N]": (
        lambda: noisy_values(column=False),
        "target_shape_broadcast",
    ),
    "noisy labels, shuffled": (lambda: noisy_labels(shuffled=True), SHUFFLED),
    "rare class, lr 1e-6": (lambda: rare_class(lr=1e-6), "lr_too_low"),
}


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY)
def test_a_sound_run_is_healthy_and_left_alone(make: Callable[[], Loop]) -> None:
    assert_healthy(make)


@pytest.mark.parametrize(("make", "causes"), SICK.values(), ids=SICK)
def test_a_fault_in_the_same_run_is_named(make: Callable[[], Loop], causes: str) -> None:
    assert_found(make, causes)
