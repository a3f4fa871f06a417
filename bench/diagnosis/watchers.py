"""Preflight and Monitor beside a loop: only what a user would give them, nothing of the case."""

import time

from torch import Tensor

from bench.diagnosis.loop import Epoch
from bench.diagnosis.setup import Run
from diagnostics import Monitor, preflight
from diagnostics.report import Report
from diagnostics.verdict import Severity, Verdict


class Sitter:
    """Notes what was said and when; `step` counts the optimizer's steps so far."""

    def __init__(self, validation: bool = False) -> None:
        self._validation = validation
        self.steps = 0
        self.first: int | None = None
        self.checks: list[str] = []
        self.preflight_seconds = 0.0

    def begin(self, run: Run, seed: int) -> None:
        """Preflight, then a monitor that knows what it found."""
        sample = run.sample(seed)
        began = time.process_time()
        held = run.split.validation if self._validation else None
        report = preflight(
            run.model,
            run.loss_fn,
            *sample,
            optimizer=run.optimizer,
            validation=None if held is None else (held.inputs, held.targets),
        )
        self.preflight_seconds = time.process_time() - began
        self._heard(report.verdicts)
        self._monitor = Monitor(
            run.model,
            run.optimizer,
            loss_fn=run.loss_fn,
            sample=sample,
            total_steps=run.total_steps,
            preflight=report,
        )

    def step(self, loss: Tensor, inputs: Tensor, targets: Tensor) -> None:
        """Passes the loss on."""
        self.steps += 1
        self._monitor.step(loss)

    def epoch(self, scores: Epoch) -> None:
        """Passes on what the loop knows."""
        given = {
            "train_loss": scores.train_loss,
            "val_loss": scores.val_loss,
            "train_score": scores.train_score,
            "val_score": scores.val_score,
        }
        known = {name: value for name, value in given.items() if value is not None}
        self._heard(self._monitor.epoch(**known))

    def report(self) -> Report:
        """What is said in the end."""
        return self._monitor.report()

    def _heard(self, verdicts: "list[Verdict] | tuple[Verdict, ...]") -> None:
        worried = [v.check for v in verdicts if v.severity.rank >= Severity.WARNING.rank]
        if worried and self.first is None:
            self.first = self.steps
        self.checks += [check for check in worried if check not in self.checks]
