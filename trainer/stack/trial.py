"""What each trial of a stack has of its own: how it is examined and judged, and when it ends."""

from collections.abc import Iterator

from diagnostics import Monitor
from diagnostics.check import load_checks
from diagnostics.history import SignalValue, finite
from diagnostics.monitor import EVERY, sampled_every
from trainer import schedules
from trainer.best import Best
from trainer.errors import BadRecipe
from trainer.evaluation import Examiner, Scores
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


class Trial:
    """`epoch` counts those that it has trained. Raises BadRecipe where its recipe is unsound."""

    def __init__(
        self,
        recipe: Recipe,
        setup: Setup,
        diagnostics: Diagnostics,
        objective: Objective,
        reference_subset: bool,
        steps_per_epoch: int,
    ) -> None:
        for problem in misfits(recipe, objective, setup.train.form.task):
            raise BadRecipe(problem.field, problem.value, problem.message)
        self.recipe = recipe
        self.setup = setup
        self.epoch = 0
        self.outcome: Outcome | None = None
        self.examiner = Examiner(recipe, setup.train.form)
        self.steps_per_epoch = steps_per_epoch
        self.total_steps = recipe.epochs * steps_per_epoch
        self.every = sampled_every(EVERY, self.total_steps)
        self._diagnostics = diagnostics
        self._reference_subset = reference_subset
        self._best = Best(objective)
        self._monitor = Monitor(
            None,
            setup.optimizer,
            loss_fn=setup.loss_fn,
            facts=facts_of(recipe, setup.train.form, reference_subset),
            checks=load_checks(diagnostics.checks, profile=diagnostics.profile),
        )

    def started(self, device: str) -> Started:
        """What it begins with."""
        setup = self.setup
        return Started(
            recipe=self.recipe,
            device=device,
            parameters=sum(p.numel() for p in setup.model.parameters() if p.requires_grad),
            form=setup.train.form,
            train_samples=len(setup.train),
            val_samples=len(setup.validation),
            steps_per_epoch=self.steps_per_epoch,
        )

    def preflight(self) -> Iterator[Event]:
        """Before the first update; it may end the trial."""
        signals = before_training(
            self.recipe,
            self.setup.model,
            self.setup.loss_fn,
            self.setup.train,
            labelled=self.examiner.labelled,
            reference=self._reference_subset,
        )
        yield PreflightEnded(signals)
        verdicts = self._monitor.preflight(signals)
        yield from map(Judged, verdicts)
        if stops(verdicts, self._diagnostics):
            self.outcome = "infeasible"

    def rates(self) -> list[float]:
        """The learning rate of each step of its next epoch."""
        first, lr = self.epoch * self.steps_per_epoch, self.recipe.optimizer.lr
        steps = range(first, first + self.steps_per_epoch)
        return [lr * schedules.factor(self.setup.schedule, t, self.total_steps) for t in steps]

    def close(
        self,
        trained: tuple[float, float],
        scores: Scores,
        lr: float,
        seconds: float,
        signals: dict[str, SignalValue],
    ) -> Iterator[Event]:
        """Judge the epoch that has ended; `trained` are loss and accuracy in training.

        `outcome` is set where it was the last one.
        """
        self.epoch += 1
        schedules.see(self.setup.schedule, scores.loss)
        loss, accuracy = trained
        metrics = {
            "train_loss": finite(loss),
            "val_loss": finite(scores.loss),
            "train_accuracy": finite(accuracy),
            "val_accuracy": finite(scores.accuracy),
        }
        own = {name: value for name, value in signals.items() if name not in metrics}
        verdicts = self._monitor.epoch(
            train_loss=loss,
            val_loss=scores.loss,
            train_score=accuracy if self.examiner.labelled else None,
            val_score=scores.accuracy if self.examiner.scored else None,
            lr=lr,
            **own,
            **scores.signals,
        )
        self._best.see(self.epoch, metrics, self.setup.model, scores.signals)
        yield EpochEnded(self.epoch, metrics, lr, seconds, self._monitor.signals)
        yield from map(Judged, verdicts)
        stale = self._best.stale(self.epoch, self.recipe.early_stopping)
        if stops(verdicts, self._diagnostics):
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
            confusion=self.examiner.confusion(setup.model, setup.validation),
        )
