"""Watches a training loop that someone else wrote: measures every step, judges every epoch.

It reads weights, gradients and losses and changes nothing: a run with it and one without it have
the same losses to the last bit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from torch import Tensor, nn
from torch.optim import Optimizer

from diagnostics.check import Check, finder, judge, load_checks
from diagnostics.checks.plateau import Plateau
from diagnostics.history import Facts, History, SignalValue, finite
from diagnostics.known import facts_of
from diagnostics.meter import Meter
from diagnostics.probes.initial import LossFn, Sample, classes, forward, prior_entropy
from diagnostics.probes.look import Look
from diagnostics.probes.lr_test import LrTest
from diagnostics.report import Report
from diagnostics.signals import SIGNALS
from diagnostics.standstill import Standstill
from diagnostics.verdict import Severity, Verdict

METRICS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy", "lr")
GIVEN = ("train_loss", "val_loss", "train_score", "val_score", "lr")
ROUNDED = 1e-4  # by which a mean of ones may be above 1
EVERY = 20  # steps between two samples of the update ratio
FEW_STEPS = 10  # in epochs shorter than that not each is judged
FEWEST_SAMPLES = 50  # update ratios that a run of `total_steps` should give, however short


class Monitor:
    """Call `step(loss)` after every `optimizer.step()` and `epoch(...)` after every epoch.

    `sample` is (inputs, targets), a batch of the training data: with `loss_fn` it gives the loss
    before the first update, and a look at the activations after an epoch now and then. Where the
    loss stands still, copies of the model are trained on it for a few steps at other lrs.
    `preflight` is the report that `diagnostics.preflight` gave: with it, causes are told apart that
    look alike from the course of training. `every` is the number of steps between two samples of
    the update ratio; a run of known `total_steps` is sampled more often where it is short. `facts`
    that are not given are read from the optimizer, the loss function and the sample. A run that
    goes on from an earlier one brings its `history`. `watch_loop`: whether the loop itself may be
    at fault (kept gradients, a wrong sign, the mode), which costs a few operations on a small
    tensor. Where `model` is None, the caller measures:
    `epoch` gets all signals, and `step` is not called. With the profile `none` nothing is measured,
    nor judged unless `checks` are given: only what `epoch` is given is kept.
    """

    def __init__(
        self,
        model: nn.Module | None,
        optimizer: Optimizer,
        *,
        loss_fn: LossFn | None = None,
        sample: Sample | None = None,
        total_steps: int | None = None,
        preflight: Report | None = None,
        facts: Facts | None = None,
        profile: str = "standard",
        checks: Sequence[Check] | None = None,
        every: int = EVERY,
        history: History | None = None,
        watch_loop: bool = True,
    ) -> None:
        if every < 1:
            raise ValueError(f"every must be at least 1; it is {every}")
        if sample is not None and loss_fn is None:
            raise ValueError("sample needs loss_fn: the loss of the sample is to be measured")
        if sample is not None and model is None:
            raise ValueError("sample needs a model: its loss is to be measured")
        self._optimizer = optimizer
        self._silent = profile == "none"
        self._checks = load_checks(profile=profile) if checks is None else list(checks)
        self._finders = [finder(check) for check in self._checks]
        self._unjudged = 0.0  # steps
        self._foreign = watch_loop and model is not None
        self._told: dict[int, tuple[Severity, str]] = {}
        self.history = history or History(facts_of(optimizer, loss_fn))
        self._epoch = self.history.epochs
        self._look: Look | None = None
        self._standstill: Standstill | None = None
        if sample is not None and loss_fn is not None and model is not None and not self._silent:
            if profile != "cheap":
                self._look = Look(model, loss_fn, sample, optimizer)
                self._standstill = self._watch_standstill(LrTest(model, optimizer, loss_fn, sample))
            if preflight is None and "initial_loss" not in self.history.rows.get(0, {}):
                self._measure_start(model, loss_fn, *sample)
        if preflight is not None:
            self._take_over(preflight.history)
        known = replace(self.history.facts, total_steps=total_steps)
        self.history.facts = _merged(facts, known)
        every = sampled_every(every, total_steps)
        self._meter: Meter | None = None
        if model is not None and not self._silent:
            self._meter = Meter(model, every, optimizer=optimizer, foreign=watch_loop)

    def step(self, loss: Tensor | float) -> None:
        """After `optimizer.step()`, with the loss it was for. Never waits for the device."""
        if self._meter is not None:
            self._meter.step(loss)
            if self._standstill is not None:
                self._standstill.step()
        elif not self._silent:
            raise ValueError("this monitor has no model: what is measured is given to epoch()")

    def epoch(
        self,
        *,
        train_loss: Tensor | float | None = None,
        val_loss: Tensor | float | None = None,
        train_score: Tensor | float | None = None,
        val_score: Tensor | float | None = None,
        lr: Tensor | float | None = None,
        **signals: SignalValue,
    ) -> list[Verdict]:
        """Close the epoch and judge; returns the verdicts that are new or say something new.

        Scores are accuracies, 0 to 1. `train_loss` defaults to the mean over the steps, `lr` to
        the optimizer's; `signals` are the caller's own measurements, by the names in `SIGNALS`.
        """
        if self._foreign:
            _refuse_unknown(signals)
            for name, score in (("train_score", train_score), ("val_score", val_score)):
                share = 0.0 if score is None else float(score)
                if math.isfinite(share) and not 0 <= share <= 1 + ROUNDED:
                    raise ValueError(f"{name} is an accuracy, 0 to 1; it is {share:g}")
        self._epoch += 1
        rate = self._optimizer.param_groups[0]["lr"] if lr is None else lr
        row = {} if self._meter is None else self._meter.close()
        given = (train_loss, val_loss, train_score, val_score, rate)
        for name, value in zip(METRICS, given, strict=True):
            if value is not None:
                row[name] = finite(float(value))
        if self._look is not None:
            row |= self._look.after(row.get("steps"))
        self.history.record(self._epoch, row | signals)
        if not self._worth_judging(row):
            return []
        if self._standstill is not None and (tested := self._standstill.after(self.history)):
            self.history.record(self._epoch, tested)
        return self._news()

    def begin(self, before: History) -> list[Verdict]:
        """Record what was measured before training (epoch 0); returns what the shape checks say.

        Of its facts those count that were not given.
        """
        self._take_over(before)
        self._news()
        return judge(self.history, [check for check in self._checks if check.scope == "shape"])

    @property
    def signals(self) -> dict[str, SignalValue]:
        """What was measured in the epoch just closed, beside its losses, accuracies and lr."""
        row = self.history.rows.get(self._epoch, {})
        return {name: value for name, value in row.items() if name not in METRICS}

    @property
    def verdicts(self) -> list[Verdict]:
        """The current verdict of every check that had something to judge, in the checks' order."""
        return judge(self.history, [self._checks[number] for number in self._ready()])

    def report(self) -> Report:
        """All current verdicts and what they speak for; `str()` of it is for a terminal."""
        if self._look is not None and self._epoch > 0:
            self.history.record(self._epoch, self._look.now())
        if self._standstill is not None and (tested := self._standstill.at_end(self.history)):
            self.history.record(self._epoch, tested)
        return Report.of(self.verdicts, self._epoch, self.history)

    def _worth_judging(self, row: Mapping[str, SignalValue]) -> bool:
        """Not after each of somebody's many epochs of a step or two, unless the loss was lost."""
        steps = row.get("steps")
        if not (self._foreign and isinstance(steps, float)):
            return True
        self._unjudged += steps
        lost = "train_loss" in row and row["train_loss"] is None
        due = self._unjudged >= FEW_STEPS or is_due(self._epoch) or lost
        if due:
            self._unjudged = 0.0
        return due

    def _ready(self) -> list[int]:
        """Shape checks wait for a measurement before training, the others for an epoch."""
        ready = {"shape": 0 in self.history.rows, "trial": self._epoch > 0}
        return [number for number, check in enumerate(self._checks) if ready[check.scope]]

    def _news(self) -> list[Verdict]:
        news = []
        for number in self._ready():
            if self._checks[number].seldom and not is_due(self._epoch):
                continue
            finding = self._finders[number](self.history)
            said = finding.severity, finding.summary
            if self._told.get(number) != said:
                self._told[number] = said
                news.append(finding.verdict())
        return news

    def _watch_standstill(self, test: LrTest) -> Standstill | None:
        """None where no check would read what is found."""
        plateaus = [check for check in self._checks if isinstance(check, Plateau)]
        return Standstill(plateaus[0], test, self.history) if plateaus else None

    def _take_over(self, before: History) -> None:
        """What preflight measured is the history's beginning; what the optimizer says counts."""
        said = {key: value for key, value in vars(self.history.facts).items() if value}
        self.history.facts = replace(before.facts, **said | _of_the_loss(before.facts))
        self.history.record(0, before.rows.get(0, {}))

    def _measure_start(
        self, model: nn.Module, loss_fn: LossFn, inputs: Tensor, targets: Tensor
    ) -> None:
        loss, outputs = forward(model, loss_fn, inputs, targets)
        self.history.record(0, {"initial_loss": finite(loss)})
        if (found := classes(outputs, targets)) is not None:
            self.history.facts = replace(self.history.facts, classes=found)
            self.history.record(0, {"prior_entropy": prior_entropy(targets)})


def _refuse_unknown(signals: Mapping[str, SignalValue]) -> None:
    """A caller may have signals of its own, but none that is nearly one of ours."""
    for name in signals:
        known = [] if name in SIGNALS else get_close_matches(name, GIVEN, n=1, cutoff=0.75)
        if known:
            raise ValueError(f"epoch() knows no {name!r}; did you mean {known[0]!r}?")


def is_due(epoch: int) -> bool:
    """Whether seldom checks are asked: after 1, 2, 4, 8, 16 … epochs, and of course at the end."""
    return epoch & (epoch - 1) == 0


def sampled_every(every: int, total_steps: int | None) -> int:
    """Steps between two samples of the update ratio: fewer where the run is short."""
    return every if total_steps is None else max(1, min(every, total_steps // FEWEST_SAMPLES))


def _of_the_loss(facts: Facts) -> dict[str, object]:
    """What asking the loss function itself has shown."""
    asked: dict[str, object] = {"loss": facts.loss, "label_smoothing": facts.label_smoothing}
    return asked if facts.loss_on is not None else {}


def _merged(given: Facts | None, measured: Facts) -> Facts:
    known = {key: value for key, value in vars(given or Facts()).items() if value}
    return replace(measured, **known)
