"""What a training run tells, in order: Started, PreflightEnded, then per epoch EpochEnded and the
verdicts that changed, at last every verdict once more, and Ended. The caller stops a run by closing
the generator.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from diagnostics import Cause, Facts, Verdict
from diagnostics.history import SignalValue
from trainer.form import Form
from trainer.mistakes import NONE, Mistakes
from trainer.recipe import Recipe

if TYPE_CHECKING:
    from trainer.checkpoint import Checkpoint
    from trainer.snapshot import Snapshot

Outcome = Literal["complete", "infeasible"]


@dataclass(frozen=True)
class Started:
    """The run is set up; `parameters` counts the model's trainable numbers.

    Its epoch i sees the data of epoch `first_data_epoch` + i.
    """

    recipe: Recipe
    device: str
    parameters: int
    form: Form
    train_samples: int
    val_samples: int
    steps_per_epoch: int
    first_data_epoch: int = 0


@dataclass(frozen=True)
class PreflightEnded:
    """What was measured on the model before its first update (epoch 0 of the history)."""

    signals: dict[str, SignalValue]


@dataclass(frozen=True)
class EpochEnded:
    """`epoch` counts from 1. Losses are in nat, `seconds` the wall time of the epoch.

    `metrics` has train_loss, val_loss, train_accuracy, val_accuracy (each None where it is not
    finite); `signals` holds everything else that the probes measured. `facts` is what the checks
    knew of the run when they judged it; of several folds, the first one's.
    """

    epoch: int
    metrics: dict[str, float | None]
    lr: float
    seconds: float
    signals: dict[str, SignalValue]
    facts: Facts | None = None


@dataclass(frozen=True)
class Judged:
    """A check's verdict: when it is new, when it changed, and at the end with all its evidence."""

    verdict: Verdict


@dataclass(frozen=True)
class Snapshotted:
    """The state after an epoch, to be kept under the name `slot` in place of an earlier one."""

    epoch: int
    slot: str
    snapshot: "Snapshot"


@dataclass(frozen=True)
class Ended:
    """The run is over: `infeasible` where a fatal verdict stopped it.

    `checkpoint` holds the weights and metrics of the epoch with the best objective; None where no
    epoch had a finite one. `mistakes` are those of the validation set after the last epoch,
    where the recipe asks for them. `diagnosis` are the causes
    of what the last verdicts say is wrong, the likeliest first; none for a healthy run. `facts` as
    those of an epoch.
    """

    outcome: Outcome
    epochs: int
    checkpoint: "Checkpoint | None"
    mistakes: Mistakes = NONE
    diagnosis: tuple[Cause, ...] = ()
    facts: Facts | None = None


Event = Started | PreflightEnded | EpochEnded | Judged | Snapshotted | Ended
