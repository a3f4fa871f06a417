"""What travels between the service and its workers: claims, reports, orders."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from diagnostics import Facts
from service.fields import (
    CauseName,
    Count,
    Id,
    Json,
    Number,
    Probability,
    Share,
    Text,
    Wire,
    storable_within,
)
from service.plan import Plan
from service.tables import Severity

MOST_SIGNALS = 200  # of one epoch
MOST_EPOCHS = 10_000_000  # of one trial
MOST_NEWS = 100_000  # epochs, or verdicts, in one report
MOST_TRIALS = 10_000  # that one report is about
MOST_CAUSES = 10  # of one trial's diagnosis
MOST_CHECKS = 256  # behind one cause

CheckName = Annotated[str, Field(min_length=1, max_length=64)]


class WorkerInfo(Wire):
    """Who claims. `name` stays the same for the life of the process."""

    name: Text = Field(min_length=1, max_length=200, examples=["gpu-3:4711"])
    device: Text = Field(default="cpu", max_length=200, examples=["cuda:0 NVIDIA H200"])
    version: Text = Field(default="", max_length=64)


class ClaimRequest(Wire):
    """Ask for up to `slots` trials of one stack key, waiting up to `wait_seconds` for work."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"worker": {"name": "gpu-3:4711"}, "slots": 16, "wait_seconds": 20}
        },
    )

    worker: WorkerInfo
    slots: int = Field(default=1, ge=1)
    study: Id | None = Field(default=None, description="Only trials of this study.")
    wait_seconds: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)


class Assignment(Wire):
    """One trial to train. `preflight`: also measure what holds for its whole recipe shape.

    `resumable` names the snapshots that earlier attempts have left, newest first; each is fetched
    as a file of the trial.
    """

    trial: int
    number: int
    attempt: int
    params: dict[str, Any]
    recipe: dict[str, Any]
    preflight: bool
    resumable: list[str] = Field(default=[])


class Claim(Wire):
    """A lease on trials. Every later call names `lease` and carries `token` as `Lease-Token`."""

    lease: int
    token: str
    lease_seconds: float
    study: int
    objective: dict[str, Any]
    diagnostics: dict[str, Any]
    prompt: bool = Field(description="Report each epoch at once: a stopping rule waits for it.")
    searches_optimizer: bool = Field(description="The space has a path of the optimizer.")
    assignments: list[Assignment]


class Named(Wire):
    """One trial of the lease, in the attempt that holds it."""

    trial: Id
    attempt: Count


class Joined(Named):
    """A trial has come into its stack, which had seen `first_data_epoch` epochs of the data.

    Where it goes on from a snapshot, `resumed_epoch` is the snapshot's: what an earlier attempt
    told up to that epoch is this one's too.
    """

    first_data_epoch: int = Field(ge=0, le=MOST_EPOCHS)
    resumed_epoch: int = Field(default=0, ge=0, le=MOST_EPOCHS)


class EpochReport(Named):
    """One epoch of one trial; a number that is not finite is null."""

    epoch: int = Field(ge=0, le=MOST_EPOCHS)
    train_loss: Number = None
    val_loss: Number = None
    train_accuracy: Share = None
    val_accuracy: Share = None
    lr: Number = None
    seconds: Number = None
    signals: Json = Field(default={}, max_length=MOST_SIGNALS)


class RemedyReport(Wire):
    """What to do: in words, and as recipe path → value."""

    text: Text
    patch: Json = Field(default={})


class VerdictReport(Named):
    """A check's verdict on a trial; it replaces that check's earlier one."""

    check: CheckName
    severity: Severity
    scope: Literal["trial", "shape"] = "trial"
    summary: Text
    evidence: Json = Field(default={})
    remedy: RemedyReport | None = None
    causes: dict[CauseName, Probability] = Field(
        default={}, description="Cause → how probable it is, by this verdict alone."
    )
    first_epoch: Count | None = None
    last_epoch: Count | None = None


class CauseReport(Wire):
    """What may be wrong with a trial, how likely it is, and the checks that speak for it."""

    cause: CauseName
    confidence: Probability
    checks: list[CheckName] = Field(default=[], max_length=MOST_CHECKS)


class End(Named):
    """A trial is over. `reason` is a sentence, or the traceback of a trial that failed.

    `diagnosis` has the likeliest cause first and is empty for a healthy run; where it is null, the
    service makes it of the trial's verdicts.
    """

    state: Literal["complete", "infeasible", "failed"]
    reason: Text | None = None
    diagnosis: list[CauseReport] | None = Field(default=None, max_length=MOST_CAUSES)


class Known(Named):
    """What the worker knows of a run beside its signals (diagnostics.Facts), and judges with.

    With it, and with what the trial's epochs told, the service can judge again.
    """

    facts: Annotated[Facts, BeforeValidator(storable_within)]


REPORT_EXAMPLE: dict[str, Any] = {
    "joined": [{"trial": 7, "attempt": 1, "first_data_epoch": 12}],
    "epochs": [
        {
            "trial": 7,
            "attempt": 1,
            "epoch": 3,
            "train_loss": 0.41,
            "val_loss": 0.45,
            "val_accuracy": 0.87,
            "lr": 0.09,
            "signals": {"update_ratio": {"fc1": 0.0012, "output": 0.0025}},
        }
    ],
    "verdicts": [
        {
            "trial": 7,
            "attempt": 1,
            "check": "update_ratio",
            "severity": "pass",
            "summary": "No layer moves far outside the usual range.",
        }
    ],
    "ends": [
        {
            "trial": 6,
            "attempt": 1,
            "state": "infeasible",
            "diagnosis": [{"cause": "lr_too_high", "confidence": 0.86, "checks": ["diverging"]}],
        }
    ],
}


class Report(Wire):
    """News of a lease's trials. An empty one is a heartbeat.

    `released` gives single trials back, at no cost to them. `free_slots` asks for new trials of
    the lease's stack key, but for a report that gives some back.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": REPORT_EXAMPLE})

    plan: Plan | None = Field(default=None, description="How this lease's trials are trained.")
    joined: list[Joined] = Field(default=[], max_length=MOST_TRIALS)
    known: list[Known] = Field(default=[], max_length=MOST_TRIALS)
    epochs: list[EpochReport] = Field(default=[], max_length=MOST_NEWS)
    verdicts: list[VerdictReport] = Field(default=[], max_length=MOST_NEWS)
    ends: list[End] = Field(default=[], max_length=MOST_TRIALS)
    released: list[Named] = Field(default=[], max_length=MOST_TRIALS)
    free_slots: int = Field(default=0, ge=0, le=100_000)


class Orders(Wire):
    """The answer to a report: trials to stop at once, and new ones for the free slots."""

    lease_seconds: float
    stop: list[int]
    assignments: list[Assignment]


class Stops(Wire):
    """The answer to a batch of files: trials the lease does not hold, of which nothing was kept."""

    stop: list[int]
