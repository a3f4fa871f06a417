"""The plain loop: one recipe, one model, read from top to bottom.

    for event in run(recipe):
        print(event)

It is the reference for every claim about numbers. Closing the generator stops the training. The
caller's random generators are left alone, and runs that are interleaved do not disturb each other.
"""

import math
import time
from collections.abc import Generator
from pathlib import Path

import torch
from torch import Tensor, nn

from diagnostics import Facts, Monitor, Severity, Verdict
from diagnostics.check import load_checks
from diagnostics.history import finite
from diagnostics.probes.initial import LossFn
from trainer.best import Best
from trainer.data import Dataset
from trainer.device import resolve
from trainer.events import Ended, EpochEnded, Event, Judged, PreflightEnded, Started
from trainer.form import Form
from trainer.menu import part
from trainer.preflight import REFERENCE_LR, before_training
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.seeds import Stream, order, seeded

EVALUATION_BATCH = 1024  # samples; bounds memory
DIAGNOSTICS, OBJECTIVE = Diagnostics(), Objective()


def run(
    recipe: Recipe,
    *,
    device: str = "cpu",
    folder: str | Path = "data",
    diagnostics: Diagnostics = DIAGNOSTICS,
    objective: Objective = OBJECTIVE,
    preflight: bool = True,
    reference_subset: bool = False,
    first_data_epoch: int = 0,
) -> Generator[Event, None, None]:
    """Train the recipe; see trainer.events for what comes out, and in which order.

    `device` is what trainer.device.resolve takes, `folder` where data sets find their files.
    `preflight` measures what holds for the recipe's
    whole shape; `reference_subset` then fits the tiny subset with Adam instead of the recipe's own
    optimizer, so that its lr plays no part. Epoch i of the run sees the data of epoch
    `first_data_epoch + i` (DESIGN §7).

    Raises BadRecipe where the data does not suit the recipe, NoSuchDevice, and what
    diagnostics.check.load_checks raises where `diagnostics` names no such check or threshold.
    """
    device = resolve(device)

    # The samples, all on the device: which are held out follows from the data seed.
    data_seed = recipe.resolved_data_seed()
    everything = part("data", recipe.data).load(Path(folder))
    train, validation = part("split", recipe.split).divide(everything, data_seed)
    train, validation = train.to(device), validation.to(device)
    steps_per_epoch = math.ceil(len(train) / recipe.batch_size)
    total_steps = recipe.epochs * steps_per_epoch

    # The model: its weights follow from the seed alone.
    with seeded(device, Stream.WEIGHTS, recipe.seed):
        model = part("model", recipe.model).build(train.form)
    model = model.to(device)
    loss_fn = part("loss", recipe.loss).build(train.form).to(device)
    optimizer = part("optimizer", recipe.optimizer).over(model.parameters())
    schedule = part("schedule", recipe.schedule)

    # What watches it.
    facts = _facts(recipe, train.form, reference_subset)
    monitor = Monitor(
        model,
        optimizer,
        loss_fn=loss_fn,
        total_steps=total_steps,
        facts=facts,
        checks=load_checks(diagnostics.checks, profile=diagnostics.profile),
    )
    yield Started(
        recipe=recipe,
        device=device,
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        form=train.form,
        train_samples=len(train),
        val_samples=len(validation),
        steps_per_epoch=steps_per_epoch,
    )
    stop = False
    if preflight:
        signals = before_training(recipe, model, loss_fn, train, reference=reference_subset)
        yield PreflightEnded(signals)
        verdicts = monitor.preflight(signals)
        yield from map(Judged, verdicts)
        stop = _stops(verdicts, diagnostics)

    best = Best(objective)
    epoch = 0
    while not stop and epoch < recipe.epochs:
        epoch += 1
        began = time.perf_counter()
        data_epoch = first_data_epoch + epoch

        # Train: every sample once, in an order that follows from data seed and data epoch.
        model.train()
        losses, right = [], []
        shuffled = order(len(train), data_seed, data_epoch).to(device)
        for step, rows in enumerate(torch.split(shuffled, recipe.batch_size)):
            t = (epoch - 1) * steps_per_epoch + step
            lr = recipe.optimizer.lr * schedule.at(t, total_steps)
            for group in optimizer.param_groups:
                group["lr"] = lr
            inputs, targets = train.inputs[rows], train.targets[rows]
            with seeded(device, Stream.MASKS, data_seed, data_epoch, step):
                outputs = model(inputs)
            loss = loss_fn(outputs, targets)
            model.zero_grad()  # does what the optimizer's does in half the time
            loss.backward()
            optimizer.step()
            monitor.step(loss)
            losses.append(loss.detach() * len(rows))
            right.append((outputs.detach().argmax(dim=1) == targets).sum())

        # Evaluate, then judge.
        train_loss, train_accuracy = _means(losses, right, len(train))
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
        if best.stale(epoch, recipe.early_stopping):
            break

    # The last word: what the checks say of the whole run, with the evidence of all its epochs.
    yield from (Judged(verdict) for verdict in monitor.verdicts if verdict.last_epoch)
    yield Ended(
        outcome="infeasible" if stop else "complete",
        epochs=epoch,
        checkpoint=best.checkpoint(recipe, train.form),
    )


@torch.no_grad()
def evaluate(model: nn.Module, loss_fn: LossFn, data: Dataset) -> tuple[float, float]:
    """Mean loss and accuracy with dropout off; the model is left in evaluation mode."""
    model.eval()
    losses, right = [], []
    inputs_of, targets_of = (torch.split(x, EVALUATION_BATCH) for x in (data.inputs, data.targets))
    for inputs, targets in zip(inputs_of, targets_of, strict=True):
        outputs = model(inputs)
        losses.append(loss_fn(outputs, targets) * len(targets))
        right.append((outputs.argmax(dim=1) == targets).sum())
    return _means(losses, right, len(data))


def _facts(recipe: Recipe, form: Form, reference_subset: bool) -> Facts:
    chosen = recipe.optimizer
    return Facts(
        classes=form.outputs if form.task != "regression" else None,
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


def _means(losses: list[Tensor], right: list[Tensor], samples: int) -> tuple[float, float]:
    """Mean loss and accuracy of the sums given; one wait for the device, however many there are.

    Where the loss is not finite the accuracy is nan: the argmax of nan is class 0, which is right
    for some.
    """
    sums = torch.stack([torch.stack(each).sum(dtype=torch.float64) for each in (losses, right)])
    loss, accuracy = (sums / samples).tolist()
    return loss, accuracy if math.isfinite(loss) else math.nan
