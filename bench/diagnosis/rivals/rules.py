"""What the rivals share: rules fire once, at a step, and a rule's name may speak for a cause."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from bench.diagnosis.loop import Epoch
from bench.diagnosis.scoring import Said
from bench.diagnosis.setup import Run


class Rival(ABC):
    """Keeps the rules that fired, in their order. `CAUSES`: rule → cause of our taxonomy."""

    CAUSES: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self.steps = 0
        self.fired: dict[str, int] = {}
        self.run: Run

    def begin(self, run: Run, seed: int) -> None:
        """Looks at what there is before the first step."""
        self.run = run
        self.look()

    def step(self, loss: Tensor, inputs: Tensor, targets: Tensor) -> None:
        """Counts, then judges the step."""
        self.steps += 1
        self.judge_step(loss.item(), inputs, targets)

    def epoch(self, scores: Epoch) -> None:
        """Judges the epoch."""
        self.judge_epoch(scores)

    def said(self) -> Said:
        """Each rule that fired counts as a warning."""
        causes = dict.fromkeys(self.CAUSES[rule] for rule in self.fired if rule in self.CAUSES)
        return Said(
            worst="warning" if self.fired else "pass",
            causes=tuple((cause, 1.0) for cause in causes),
            checks=tuple(self.fired),
            first=min(self.fired.values(), default=None),
            early=tuple(self.fired),
        )

    def fire(self, rule: str, holds: bool) -> None:
        """Notes that a rule fired now, if it did and had not before."""
        if holds:
            self.fired.setdefault(rule, self.steps)

    @abstractmethod
    def look(self) -> None:
        """Before the first step."""

    @abstractmethod
    def judge_step(self, loss: float, inputs: Tensor, targets: Tensor) -> None:
        """After a step; gradients are still there."""

    @abstractmethod
    def judge_epoch(self, scores: Epoch) -> None:
        """After validation."""
