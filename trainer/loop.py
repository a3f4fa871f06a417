"""The plain loop: one recipe, one model, read from top to bottom.

    for event in run(recipe):
        print(event)

It is the reference for every claim about numbers. Closing the generator stops the training. The
caller's random generators are left alone, and runs that are interleaved do not disturb each other.
"""

import math
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from diagnostics import Facts, Monitor, Severity, Verdict
from diagnostics.check import load_checks
from diagnostics.history import SignalValue, finite
from diagnostics.probes.initial import forward, prior_entropy
from diagnostics.probes.overfit import overfit
from trainer.checkpoint import Checkpoint
from trainer.data import Dataset
from trainer.events import Ended, EpochEnded, Event, Judged, PreflightEnded, Started
from trainer.menu import part
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.recipe.objective import Direction

EVALUATION_BATCH = 1024  # samples; bounds memory, changes no result
INITIAL_SAMPLES = 2048  # of the training set that the initial loss is measured on
SUBSET_BATCHES = 5  # of the tiny subset: CS231n's "5–10 minibatches", the cheaper end
SUBSET_PASSES = 100  # a sound model fits digits in about 20
DIAGNOSTICS, OBJECTIVE = Diagnostics(), Objective()
REFERENCE_LR = 3e-3  # of the Adam that fits the subset where the study searches the optimizer


def run(
    recipe: Recipe,
    *,
    device: str = "cpu",
    diagnostics: Diagnostics = DIAGNOSTICS,
    objective: Objective = OBJECTIVE,
    preflight: bool = True,
    reference_subset: bool = False,
    first_data_epoch: int = 0,
) -> Generator[Event, None, None]:
    """Train the recipe; see trainer.events for what comes out, and in which order.

    `device` is resolved (see trainer.device). `preflight` measures what holds for the recipe's
    whole shape; `reference_subset` then fits the tiny subset with Adam instead of the recipe's own
    optimizer, so that its lr plays no part. Epoch i of the run sees the data of epoch
    `first_data_epoch + i` (DESIGN §7). Raises BadRecipe where the data does not suit the recipe.
    """
    # The samples, all on the device: which are held out follows from the data seed.
    data_seed = recipe.resolved_data_seed()
    everything = part("data", recipe.data).load()
    train, validation = part("split", recipe.split).divide(everything, data_seed)
    train, validation = train.to(device), validation.to(device)
    steps_per_epoch = math.ceil(len(train) / recipe.batch_size)
    total_steps = recipe.epochs * steps_per_epoch

    # The model: its weights follow from the seed alone.
    with _seeded(recipe.seed, device=device):
        model = part("model", recipe.model).build(tuple(train.inputs.shape[1:]), train.classes)
    model = model.to(device)
    loss_fn = part("loss", recipe.loss).of
    optimizer = part("optimizer", recipe.optimizer).over(model.parameters())
    schedule = part("schedule", recipe.schedule)
    stochastic = any(isinstance(m, nn.Dropout) and m.p > 0 for m in model.modules())

    # What watches it.
    facts = _facts(recipe, train.classes, reference_subset)
    checks = load_checks(diagnostics.checks, profile=diagnostics.profile)
    monitor = Monitor(
        model,
        optimizer,
        loss_fn=loss_fn,
        total_steps=total_steps,
        facts=facts,
        checks=[check for check in checks if preflight or check.scope == "trial"],
    )
    yield Started(
        recipe=recipe,
        device=device,
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        classes=train.classes,
        train_samples=len(train),
        val_samples=len(validation),
        steps_per_epoch=steps_per_epoch,
    )
    stop = False
    if preflight:
        signals = _preflight(recipe, model, train, data_seed, reference_subset)
        yield PreflightEnded(signals)
        verdicts = monitor.preflight(signals)
        yield from map(Judged, verdicts)
        stop = _stops(verdicts, diagnostics)

    best = Best(objective.metric, objective.direction)
    epoch = 0
    while not stop and epoch < recipe.epochs:
        epoch += 1
        began = time.perf_counter()
        data_epoch = first_data_epoch + epoch

        # Train: every sample once, in an order that follows from data seed and data epoch.
        model.train()
        losses, right = [], []
        order = _order(len(train), data_seed, data_epoch).to(device)
        for step, rows in enumerate(torch.split(order, recipe.batch_size)):
            lr = recipe.optimizer.lr * schedule.at(
                (epoch - 1) * steps_per_epoch + step, total_steps
            )
            for group in optimizer.param_groups:
                group["lr"] = lr
            inputs, targets = train.inputs[rows], train.targets[rows]
            with _seeded(data_seed, data_epoch, step, device=device, needed=stochastic):
                outputs = model(inputs)
            loss = loss_fn(outputs, targets)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            monitor.step(loss)
            losses.append(loss.detach() * len(rows))
            right.append((outputs.detach().argmax(dim=1) == targets).sum())

        # Evaluate, then judge.
        train_loss, train_accuracy = _mean(losses, len(train)), _mean(right, len(train))
        val_loss, val_accuracy = evaluate(model, loss_fn, validation)
        verdicts = monitor.epoch(
            train_loss=train_loss,
            val_loss=val_loss,
            train_score=train_accuracy,
            val_score=val_accuracy,
            lr=lr,
        )
        metrics = {
            "train_loss": finite(train_loss),
            "val_loss": finite(val_loss),
            "train_accuracy": finite(train_accuracy),
            "val_accuracy": finite(val_accuracy),
        }
        best.see(epoch, metrics, model)
        yield EpochEnded(epoch, metrics, lr, time.perf_counter() - began, monitor.signals)
        yield from map(Judged, verdicts)
        stop = _stops(verdicts, diagnostics)
        if (
            recipe.early_stopping
            and not stop
            and best.stale(epoch, recipe.early_stopping.patience, recipe.early_stopping.min_delta)
        ):
            break

    yield Ended(
        outcome="infeasible" if stop else "complete",
        epochs=epoch,
        checkpoint=best.checkpoint(recipe, tuple(train.inputs.shape[1:]), train.classes),
    )


@torch.no_grad()
def evaluate(model: nn.Module, loss_fn: object, data: Dataset) -> tuple[float, float]:
    """Mean loss and accuracy with dropout off; the model is left in evaluation mode."""
    assert callable(loss_fn)
    model.eval()
    losses, right = [], []
    batches = zip(
        *(torch.split(tensor, EVALUATION_BATCH) for tensor in (data.inputs, data.targets)),
        strict=True,
    )
    for inputs, targets in batches:
        outputs = model(inputs)
        losses.append(loss_fn(outputs, targets) * len(targets))
        right.append((outputs.argmax(dim=1) == targets).sum())
    return _mean(losses, len(data)), _mean(right, len(data))


class Best:
    """The best epoch so far by one metric, and a copy of the weights it had.

    Equal epochs: the earlier stays. An epoch whose metric is not finite is never the best.
    """

    def __init__(self, metric: str, direction: Direction) -> None:
        self._metric = metric
        self._sign = 1.0 if direction == "maximize" else -1.0
        self._value = -math.inf
        self._improved = (0, -math.inf)  # the last epoch that beat min_delta, and its value
        self.epoch: int | None = None
        self.metrics: dict[str, float | None] = {}
        self._state: dict[str, Tensor] = {}

    def see(self, epoch: int, metrics: dict[str, float | None], model: nn.Module) -> None:
        """Look at an epoch that has ended."""
        value = metrics[self._metric]
        if value is None or self._sign * value <= self._value:
            return
        self._value = self._sign * value
        self.epoch, self.metrics = epoch, metrics
        self._state = {
            name: tensor.detach().to("cpu", copy=True)
            for name, tensor in model.state_dict().items()
        }

    def checkpoint(self, recipe: Recipe, shape: tuple[int, ...], classes: int) -> Checkpoint | None:
        """The best epoch's; None where there was none."""
        if self.epoch is None:
            return None
        return Checkpoint(recipe, shape, classes, self.epoch, self.metrics, self._state)

    def stale(self, epoch: int, patience: int, min_delta: float) -> bool:
        """Whether the last `patience` epochs did not raise the best by more than `min_delta`."""
        if self._value > self._improved[1] + min_delta:
            self._improved = (epoch, self._value)
        return epoch - self._improved[0] >= patience


def _preflight(
    recipe: Recipe, model: nn.Module, train: Dataset, data_seed: int, reference: bool
) -> dict[str, SignalValue]:
    """Initial loss, class-prior entropy, and the tiny subset's losses; the model stays as it is."""
    loss_fn = part("loss", recipe.loss).of
    initial_loss, _ = forward(
        model, loss_fn, train.inputs[:INITIAL_SAMPLES], train.targets[:INITIAL_SAMPLES]
    )
    rows = _order(len(train), data_seed, 0)[: SUBSET_BATCHES * recipe.batch_size]
    subset = train.rows(rows.to(train.targets.device))
    batches = list(
        zip(
            *(torch.split(tensor, recipe.batch_size) for tensor in (subset.inputs, subset.targets)),
            strict=True,
        )
    )
    own = part("optimizer", recipe.optimizer)

    def optimizer(parameters: Iterable[nn.Parameter]) -> Optimizer:
        if reference:
            return Adam(parameters, lr=REFERENCE_LR)
        made: Optimizer = own.over(parameters, decay=False)
        return made

    return {
        "initial_loss": finite(initial_loss),
        "prior_entropy": prior_entropy(train.targets),
        **overfit(model, loss_fn, batches, optimizer=optimizer, passes=SUBSET_PASSES),
    }


def _facts(recipe: Recipe, classes: int, reference_subset: bool) -> Facts:
    chosen = recipe.optimizer
    return Facts(
        classes=classes,
        loss=recipe.loss.name,
        label_smoothing=float(getattr(recipe.loss, "label_smoothing", 0.0)),
        optimizer=chosen.name,
        lr=chosen.lr,
        weight_decay=chosen.weight_decay,
        momentum=getattr(chosen, "momentum", None),
        schedule=recipe.schedule.name,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        subset_optimizer="adam" if reference_subset else chosen.name,
        subset_lr=REFERENCE_LR if reference_subset else chosen.lr,
    )


def _stops(verdicts: list[Verdict], diagnostics: Diagnostics) -> bool:
    fatal = any(verdict.severity is Severity.FATAL for verdict in verdicts)
    return fatal and diagnostics.stop_on == "fatal"


def _mean(sums: list[Tensor], samples: int) -> float:
    """One wait for the device, whatever the number of batches."""
    return float(torch.stack(sums).sum(dtype=torch.float64)) / samples


def _order(samples: int, *seed: int) -> Tensor:
    """A permutation that follows from the numbers given alone, the same on every device."""
    return torch.randperm(samples, generator=torch.Generator().manual_seed(_mixed(*seed)))


def _mixed(*numbers: int) -> int:
    """One 63-bit seed of several numbers, without the collisions of a sum."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


@contextmanager
def _seeded(*seed: int, device: str, needed: bool = True) -> Iterator[None]:
    """torch's global generators start from these numbers inside, and are put back behind it."""
    if not needed:
        yield
        return
    with torch.random.fork_rng(devices=[device] if device.startswith("cuda") else []):
        torch.manual_seed(_mixed(*seed))
        yield
