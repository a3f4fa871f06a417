"""The plain loop: one recipe, one model, read from top to bottom.

    for event in run(recipe):
        print(event)

It is the reference for every claim about numbers. Closing the generator stops the training. The
caller's random generators are left alone, and runs that are interleaved do not disturb each other.
"""

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from diagnostics import Facts, Monitor, Severity, Verdict, diagnose
from diagnostics.check import load_checks
from diagnostics.history import finite
from trainer import optimizers, schedules
from trainer.best import Best
from trainer.checkpoint import Checkpoint
from trainer.device import resolve
from trainer.errors import BadRecipe
from trainer.evaluation import Examiner, hits, means
from trainer.events import (
    Ended,
    EpochEnded,
    Event,
    Judged,
    Outcome,
    PreflightEnded,
    Snapshotted,
    Started,
)
from trainer.facts import recipe_facts
from trainer.folds import together
from trainer.form import Form
from trainer.menu import part
from trainer.preflight import REFERENCE_LR, before_training
from trainer.pretraining import pretrain
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.recipe.fit import misfits
from trainer.seeds import Stream, order, seeded
from trainer.setup import make
from trainer.snapshot import Snapshot
from trainer.splits import Fold
from trainer.state import State
from trainer.transfer import Start, start_of

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
    resume: Snapshot | None = None,
    start: Checkpoint | None = None,
) -> Generator[Event, None, None]:
    """Train the recipe; see trainer.events for what comes out, and in which order.

    `device` is what trainer.device.resolve takes, `folder` where data sets find their files.
    `preflight` measures what holds for the recipe's whole shape; `reference_subset` then fits the
    tiny subset with Adam instead of the recipe's own optimizer, so that its lr plays no part.
    Where the profile of `diagnostics` is `none`, neither is measured.
    Epoch i of the run sees the data of epoch `first_data_epoch + i` (DESIGN §7). `resume` goes on
    from a snapshot of the same recipe as if the run had never been interrupted. `start` is the
    checkpoint of the trial that the recipe's `transfer` names.

    Raises BadRecipe where the data does not suit the recipe, NoSuchDevice, BadCheckpoint where the
    snapshot is of another recipe or damaged, and what diagnostics.check.load_checks raises where
    `diagnostics` names no such check or threshold.
    """
    everything = part("data", recipe.data).load(Path(folder))
    folds = part("split", recipe.split).folds(everything, recipe.resolved_data_seed())
    preflight = preflight and diagnostics.measures
    terms = Terms(
        device=resolve(device),
        diagnostics=diagnostics,
        objective=objective,
        preflight=preflight,
        reference_subset=reference_subset,
        first_data_epoch=first_data_epoch,
        resume=None,
        start=start_of(recipe, Path(folder), start),
    )

    def begun(
        alone: Recipe, number: int, stale: Callable[[], bool]
    ) -> Generator[Event, None, None]:
        own = None if resume is None else resume.state(number, of=len(folds))
        first = number == 0  # what holds for the recipe's shape is measured once
        here = replace(terms, preflight=preflight and first, resume=own)
        return train_fold(alone, folds[number], here, stale)

    if len(folds) == 1:
        yield from begun(recipe, 0, lambda: False)
    else:
        yield from together(recipe, objective, begun, len(folds), resume)


@dataclass(frozen=True)
class Terms:
    """What `run` was asked for, beside the recipe."""

    device: str
    diagnostics: Diagnostics
    objective: Objective
    preflight: bool
    reference_subset: bool
    first_data_epoch: int
    resume: State | None
    start: Start | None


def train_fold(
    recipe: Recipe, fold: Fold, terms: Terms, stale: Callable[[], bool]
) -> Generator[Event, None, None]:
    """One model on one fold; `stale` is asked after each epoch whether others make it the last."""
    # What the recipe names: the weights follow from the seed alone, the rest from the data seed.
    device, diagnostics, resume = terms.device, terms.diagnostics, terms.resume
    cooked = make(recipe, fold, device, terms.start)
    model, loss_fn, optimizer = cooked.model, cooked.loss_fn, cooked.optimizer
    train, form = cooked.train, cooked.train.form
    for problem in misfits(recipe, terms.objective, form.task):
        raise BadRecipe(problem.field, problem.value, problem.message)
    examiner = Examiner(recipe, form)
    best = Best(terms.objective)
    data_seed = recipe.resolved_data_seed()
    steps_per_epoch = math.ceil(len(train) / recipe.batch_size)
    total_steps = recipe.epochs * steps_per_epoch
    epoch = 0 if resume is None else resume.restore(recipe, cooked, best)
    pretrained = pretrain(recipe, cooked) if resume is None else {}

    # What watches it.
    monitor = Monitor(
        model,
        optimizer,
        loss_fn=loss_fn,
        total_steps=total_steps,
        facts=facts_of(recipe, form, terms.reference_subset),
        profile=diagnostics.profile,
        checks=load_checks(diagnostics.checks, profile=diagnostics.profile),
        history=None if resume is None else resume.history,
        watch_loop=False,
    )
    yield Started(
        recipe=recipe,
        device=device,
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        form=form,
        train_samples=len(train),
        val_samples=len(cooked.validation),
        steps_per_epoch=steps_per_epoch,
        first_data_epoch=terms.first_data_epoch,
    )
    stop, over = False, False
    if resume is not None:
        stop, over = resume.outcome == "infeasible", resume.outcome is not None
    if terms.preflight and resume is None:
        before = before_training(
            recipe,
            model,
            loss_fn,
            train,
            labelled=examiner.labelled,
            reference=terms.reference_subset,
        )
        yield PreflightEnded(before.rows[0])
        verdicts = monitor.begin(before)
        yield from map(Judged, verdicts)
        stop = stops(verdicts, diagnostics)

    while not (stop or over) and epoch < recipe.epochs:
        epoch += 1
        began = time.perf_counter()
        data_epoch = terms.first_data_epoch + epoch

        # Train: every sample once, in an order that follows from data seed and data epoch.
        cooked.train_mode()
        losses, right = [], []
        shuffled = order(len(train), data_seed, data_epoch).to(device)
        for step, rows in enumerate(torch.split(shuffled, recipe.batch_size)):
            t = (epoch - 1) * steps_per_epoch + step
            lr = recipe.optimizer.lr * schedules.factor(cooked.schedule, t, total_steps)
            for group in optimizer.param_groups:
                group["lr"] = lr * group["lr_scale"]
            with seeded(device, Stream.MASKS, data_seed, data_epoch, step):
                inputs, targets = cooked.batch(rows)
                outputs = model(inputs)
                loss = loss_fn(outputs, targets)
            for module in (model, loss_fn):
                module.zero_grad()  # as the optimizer's, without its record for profilers
            loss.backward()
            optimizers.clip(optimizer, recipe.optimizer)
            optimizer.step()
            monitor.step(loss)
            losses.append(loss.detach() * len(rows))
            right.append(hits(outputs, targets, labelled=examiner.labelled))

        # Evaluate, then judge.
        train_loss, train_accuracy = means(losses, right, len(train))
        scores = examiner.scores(model, loss_fn, cooked.validation)
        schedules.see(cooked.schedule, scores.loss)
        verdicts = monitor.epoch(
            train_loss=train_loss,
            val_loss=scores.loss,
            train_score=train_accuracy if examiner.labelled else None,
            val_score=scores.accuracy if examiner.scored else None,
            lr=lr,
            **scores.signals,
            **(pretrained if epoch == 1 else {}),
        )
        metrics = {
            "train_loss": finite(train_loss),
            "val_loss": finite(scores.loss),
            "train_accuracy": finite(train_accuracy),
            "val_accuracy": finite(scores.accuracy),
        }
        best.see(epoch, metrics, model, scores.signals)
        seconds, facts = time.perf_counter() - began, monitor.history.facts
        yield EpochEnded(epoch, metrics, lr, seconds, monitor.signals, facts)
        yield from map(Judged, verdicts)
        stop = stops(verdicts, diagnostics)
        over = stale() or best.stale(epoch, recipe.early_stopping)
        if recipe.snapshots is not None and recipe.snapshots.due(epoch):
            outcome: Outcome | None = "infeasible" if stop else "complete" if over else None
            state = State.of(recipe, epoch, outcome, cooked, best, monitor.history)
            yield Snapshotted(epoch, recipe.snapshots.slot(epoch), Snapshot((state,)))

    # The last word: what the checks say of the whole run, with the evidence of all its epochs.
    verdicts = monitor.verdicts
    yield from (Judged(verdict) for verdict in verdicts if verdict.last_epoch)
    yield Ended(
        outcome="infeasible" if stop else "complete",
        epochs=epoch,
        checkpoint=best.checkpoint(recipe, cooked.form, cooked.preprocess),
        mistakes=examiner.mistakes(model, cooked.validation),
        diagnosis=diagnose(verdicts),
        facts=monitor.history.facts,
    )


def facts_of(recipe: Recipe, form: Form, reference_subset: bool) -> Facts:
    """What the checks know of a recipe."""
    chosen = recipe.optimizer
    return replace(
        recipe_facts(recipe),
        classes=None if form.task == "regression" else form.outputs,
        subset_optimizer="adam" if reference_subset else chosen.name,
        subset_lr=REFERENCE_LR if reference_subset else chosen.lr,
    )


def stops(verdicts: list[Verdict], diagnostics: Diagnostics) -> bool:
    """Whether they end the run."""
    fatal = any(verdict.severity is Severity.FATAL for verdict in verdicts)
    return fatal and diagnostics.stop_on == "fatal"
