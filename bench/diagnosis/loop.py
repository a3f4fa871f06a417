"""The training loop, as a user would write it in plain PyTorch, with the faults told to it."""

import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from bench.diagnosis.datasets import Rows, load
from bench.diagnosis.grammar import Case
from bench.diagnosis.setup import Run, network, set_up
from bench.diagnosis.truth import baseline, chance, honest_loss, score
from bench.diagnosis.truth import hits as hits_of

VAL_BATCH = 256  # rows, where training batches are smaller than SMALL and the loss is a mean
SMALL = 32


@dataclass(frozen=True)
class Epoch:
    """What a loop knows after an epoch. Scores are accuracies; None where there are no classes."""

    number: int
    train_loss: float
    val_loss: float | None
    train_score: float | None
    val_score: float | None


class Watcher(Protocol):
    """What listens to a loop, and changes nothing."""

    def begin(self, run: Run, seed: int) -> None:
        """Before the first step."""

    def step(self, loss: Tensor, inputs: Tensor, targets: Tensor) -> None:
        """After `optimizer.step()`."""

    def epoch(self, scores: Epoch) -> None:
        """After validation."""


class Nobody:
    """Watches nothing: the plain loop."""

    def begin(self, run: Run, seed: int) -> None:
        """Nothing."""

    def step(self, loss: Tensor, inputs: Tensor, targets: Tensor) -> None:
        """Nothing."""

    def epoch(self, scores: Epoch) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Outcome:
    """What became of a run; losses are means in evaluation mode, without the loop's faults.

    `truth` is the accuracy on the honest validation rows, or the explained share of their variance
    (R²); `told` the last validation score that the loop saw; `chance` the share of the commonest
    class, 0 for values. `seconds` are of one core, `before` those that the watcher took before the
    first step.
    """

    baseline: float
    init_loss: float
    train_loss: float
    train_score: float
    truth: float | None
    told: float | None
    chance: float
    val_losses: tuple[float, ...]
    seconds: float
    before: float


def train(run: Run, seed: int, watcher: Watcher) -> Outcome:
    """Runs all epochs, whatever happens in them."""
    if run.faulty("no_train_mode"):
        run.model.eval()
    init_loss = honest_loss(run, run.split.train)
    began = time.process_time()
    watcher.begin(run, seed)
    before = time.process_time() - began
    scores = [_epoch(run, number, watcher) for number in range(run.config.epochs)]
    seconds = time.process_time() - began - before
    honest = run.split.honest
    return Outcome(
        baseline=baseline(run.config.loss, run.split.train.targets, run.classes, run.targets),
        init_loss=init_loss,
        train_loss=honest_loss(run, run.split.train),
        train_score=score(run, run.split.train),
        truth=None if honest is None else score(run, honest),
        told=scores[-1].val_score if scores else None,
        chance=chance(run, honest or run.split.train),
        val_losses=tuple(each.val_loss for each in scores if each.val_loss is not None),
        seconds=seconds,
        before=before,
    )


def _epoch(run: Run, number: int, watcher: Watcher) -> Epoch:
    _begin(run, number)
    extra = run.config.extra
    losses, hits = [], []
    batches = list(run.batches())
    for count, (inputs, targets, labels) in enumerate(batches, start=1):
        with torch.autocast("cpu", torch.bfloat16) if extra.amp else nullcontext():
            outputs = run.model(inputs)
            loss = run.loss_fn(outputs, targets)
        signed = -loss if run.faulty("ascent") else loss
        (signed / extra.accumulate).backward()  # type: ignore[no-untyped-call]
        losses.append(loss.detach())
        hits.append(hits_of(outputs.detach(), labels, run))
        if count % extra.accumulate == 0 or count == len(batches):
            _update(run)
            watcher.step(loss, inputs, targets)
            if not run.faulty("no_zero_grad"):
                run.optimizer.zero_grad()
    scores = _validated(run, number, losses, hits)
    watcher.epoch(scores)
    return scores


def _begin(run: Run, number: int) -> None:
    if run.faulty("reset_model") and number:
        fresh = network(run.config, load(run.config.data, run.config.prepare))
        run.model.load_state_dict(fresh.state_dict())
        run.optimizer.state.clear()
    for group in run.optimizer.param_groups:
        group["lr"] = run.rates[number]
    if not run.faulty("no_train_mode"):
        run.model.train()


def _update(run: Run) -> None:
    tiny = run.config.extra.fault("tiny_clip")
    clip = run.config.extra.clip if tiny is None else tiny.amount
    if run.faulty("late_zero_grad"):
        run.optimizer.zero_grad()
    if clip is not None:
        nn.utils.clip_grad_norm_(run.model.parameters(), clip)
    if not run.faulty("no_step"):
        run.optimizer.step()


def _validated(run: Run, number: int, losses: list[Tensor], hits: list[Tensor]) -> Epoch:
    run.model.train(run.faulty("no_eval_mode"))
    right = None if run.classes is None else float(torch.cat(hits).mean())
    val_loss = val_score = None
    if run.split.validation is not None:
        val_loss, val_score = _validation(run, run.split.validation)
    return Epoch(number + 1, float(torch.stack(losses).mean()), val_loss, right, val_score)


def _validation(run: Run, rows: Rows) -> tuple[float, float | None]:
    """The mean over batches, as most loops have it."""
    size = run.batch_size
    if size < SMALL and not run.faulty("summed_loss"):
        size = VAL_BATCH
    losses, hits = [], []
    labels = rows.targets
    if run.faulty("wrong_score"):
        labels = labels[torch.randperm(len(labels), generator=run.order)]
    pieces = [torch.split(each, size) for each in (rows.inputs, run.fitted(rows), labels)]
    with torch.no_grad():
        for inputs, targets, wanted in zip(*pieces, strict=True):
            outputs = run.model(inputs)
            losses.append(run.loss_fn(outputs, targets))
            hits.append(hits_of(outputs, wanted, run))
    right = None if run.classes is None else float(torch.cat(hits).mean())
    return float(torch.stack(losses).mean()), right


def trained(case: Case, seed: int, watcher: Watcher, style: str = "plain") -> Outcome:
    """A case from its beginning to its end."""
    return train(set_up(case, seed, style), seed, watcher)
