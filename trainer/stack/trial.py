"""What each trial of a stack has of its own: how it is examined and judged, and when it ends."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from diagnostics import Monitor, diagnose
from diagnostics.check import load_checks
from diagnostics.history import SignalValue, finite
from diagnostics.monitor import EVERY, sampled_every
from trainer import schedules
from trainer.best import Best
from trainer.errors import BadRecipe
from trainer.evaluation import Examiner
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
from trainer.loop import facts_of, stops
from trainer.preflight import before_training
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.recipe.fit import misfits
from trainer.setup import Setup
from trainer.snapshot import Snapshot
from trainer.state import State


@dataclass(frozen=True)
class Terms:
    """What all trials of a stack share, beside their data."""

    device: str
    diagnostics: Diagnostics
    objective: Objective
    reference_subset: bool
    steps_per_epoch: int


@dataclass(frozen=True)
class Closed:
    """What an epoch has brought one trial; `trained` and `examined` are mean loss and accuracy.

    `outputs` are the model's of the validation set, `lr` the last step's.
    """

    trained: tuple[float, float]
    examined: tuple[float, float]
    outputs: Tensor
    lr: float
    signals: dict[str, SignalValue]


class Trial:
    """`epoch` counts those that it has trained; `resume` is what it goes on from.

    Raises BadRecipe where its recipe is unsound, BadCheckpoint where the state is of another one.
    """

    def __init__(
        self, recipe: Recipe, setup: Setup, terms: Terms, resume: State | None = None
    ) -> None:
        for problem in misfits(recipe, terms.objective, setup.train.form.task):
            raise BadRecipe(problem.field, problem.value, problem.message)
        self.recipe = recipe
        self.setup = setup
        self.examiner = Examiner(recipe, setup.train.form)
        self.total_steps = recipe.epochs * terms.steps_per_epoch
        self.every = sampled_every(EVERY, self.total_steps)
        self._terms = terms
        self._schedule = recipe.schedule.model_dump_json()
        self._best = Best(terms.objective)
        self.epoch = 0 if resume is None else resume.restore(recipe, setup, self._best)
        self.outcome: Outcome | None = None if resume is None else resume.outcome
        self._monitor = Monitor(
            None,
            setup.optimizer,
            loss_fn=setup.loss_fn,
            total_steps=self.total_steps,
            facts=facts_of(recipe, setup.train.form, terms.reference_subset),
            profile=terms.diagnostics.profile,
            checks=load_checks(terms.diagnostics.checks, profile=terms.diagnostics.profile),
            history=None if resume is None else resume.history,
        )

    @property
    def measures(self) -> bool:
        """Whether anything is measured beside losses and metrics."""
        return self._terms.diagnostics.measures

    @property
    def steps(self) -> int:
        """How many it has taken."""
        return self.epoch * self._terms.steps_per_epoch

    def started(self, data_epoch: int) -> Started:
        """What it begins with, in a stack that has seen so many epochs of the data."""
        setup = self.setup
        return Started(
            recipe=self.recipe,
            device=self._terms.device,
            parameters=sum(p.numel() for p in setup.model.parameters() if p.requires_grad),
            form=setup.train.form,
            train_samples=len(setup.train),
            val_samples=len(setup.validation),
            steps_per_epoch=self._terms.steps_per_epoch,
            first_data_epoch=data_epoch - self.epoch,
        )

    def preflight(self) -> Iterator[Event]:
        """Before the first update; it may end the trial. With the profile `none` there is none."""
        if not self.measures:
            return
        before = before_training(
            self.recipe,
            self.setup.model,
            self.setup.loss_fn,
            self.setup.train,
            labelled=self.examiner.labelled,
            reference=self._terms.reference_subset,
        )
        yield PreflightEnded(before.rows[0])
        verdicts = self._monitor.begin(before)
        yield from map(Judged, verdicts)
        if stops(verdicts, self._terms.diagnostics):
            self.outcome = "infeasible"

    @property
    def course(self) -> tuple[object, ...]:
        """Equal for trials whose lr goes the same way in their next epoch, but for its height."""
        if schedules.watchful(self.setup.schedule):
            return (id(self),)
        return self._schedule, self.epoch, self.total_steps

    def factors(self) -> list[float]:
        """On the learning rate, at each step of its next epoch."""
        steps = range(self.steps, self.steps + self._terms.steps_per_epoch)
        return [schedules.factor(self.setup.schedule, t, self.total_steps) for t in steps]

    def close(self, closed: Closed, seconds: float) -> Iterator[Event]:
        """Judge the epoch that has ended; `outcome` is set where it was the last one."""
        setup = self.setup
        scores = self.examiner.scores_of(
            closed.outputs, closed.examined, setup.model, setup.validation
        )
        self.epoch += 1
        schedules.see(setup.schedule, scores.loss)
        loss, accuracy = closed.trained
        metrics = {
            "train_loss": finite(loss),
            "val_loss": finite(scores.loss),
            "train_accuracy": finite(accuracy),
            "val_accuracy": finite(scores.accuracy),
        }
        own = {name: value for name, value in closed.signals.items() if name not in metrics}
        verdicts = self._monitor.epoch(
            train_loss=loss,
            val_loss=scores.loss,
            train_score=accuracy if self.examiner.labelled else None,
            val_score=scores.accuracy if self.examiner.scored else None,
            lr=closed.lr,
            **own,
            **scores.signals,
        )
        self._best.see(self.epoch, metrics, setup.model, scores.signals)
        told = self._monitor.signals, self._monitor.history.facts
        yield EpochEnded(self.epoch, metrics, closed.lr, seconds, *told)
        yield from map(Judged, verdicts)
        stale = self._best.stale(self.epoch, self.recipe.early_stopping)
        if stops(verdicts, self._terms.diagnostics):
            self.outcome = "infeasible"
        elif stale:
            self.outcome = "complete"

    @property
    def snapshot_due(self) -> bool:
        """After the epoch that has just been closed."""
        return self.recipe.snapshots is not None and self.recipe.snapshots.due(self.epoch)

    def snapshot(self) -> Snapshotted:
        """Of the epoch; the setup's optimizer must hold its state."""
        chosen, epoch = self.recipe.snapshots, self.epoch
        assert chosen is not None
        history = self._monitor.history
        state = State.of(self.recipe, epoch, self.outcome, self.setup, self._best, history)
        return Snapshotted(epoch, chosen.slot(epoch), Snapshot((state,)))

    @property
    def over(self) -> bool:
        """Whether there is nothing left to train."""
        return self.outcome is not None or self.epoch == self.recipe.epochs

    def end(self) -> Iterator[Event]:
        """The last word."""
        verdicts = self._monitor.verdicts
        yield from (Judged(verdict) for verdict in verdicts if verdict.last_epoch)
        setup = self.setup
        yield Ended(
            outcome=self.outcome or "complete",
            epochs=self.epoch,
            checkpoint=self._best.checkpoint(self.recipe, setup.form, setup.preprocess),
            mistakes=self.examiner.mistakes(setup.model, setup.validation),
            diagnosis=diagnose(verdicts),
            facts=self._monitor.history.facts,
        )
