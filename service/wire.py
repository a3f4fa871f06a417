"""What travels between the service and its workers: claims, reports, orders."""

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.errors import as_text
from service.tables import Severity

MOST_SIGNALS = 200  # of one epoch
MOST_NESTING = 8  # of signals and evidence
MOST_TEXT = 20_000  # characters of a traceback that are kept


def finite(value: Any, depth: int = 0) -> Any:
    """JSON without NaN and infinities: they become null, as SQL and browsers want it.

    Raises ValueError where it is nested more than MOST_NESTING deep.
    """
    if depth > MOST_NESTING:
        raise ValueError(f"is nested more than {MOST_NESTING} deep")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _readable(value)
    if isinstance(value, dict):
        return {_readable(str(key)): finite(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [finite(inner, depth + 1) for inner in value]
    return value


def _kept(text: str) -> str:
    return text if len(text) <= MOST_TEXT else "…" + text[-MOST_TEXT:]


def _readable(text: str) -> str:
    return as_text(text).replace("\0", "�")


def _share(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise ValueError(f"is a share from 0 to 1, not {value:g}")
    return value


def _finite_number(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None


Number = Annotated[float | None, AfterValidator(_finite_number)]
Id = Annotated[int, Field(ge=1, lt=2**31)]  # as SQL's integer
Attempt = Annotated[int, Field(ge=0, lt=2**31)]
Json = Annotated[dict[str, Any], AfterValidator(lambda value: finite(value))]
Share = Annotated[Number, AfterValidator(_share)]
Text = Annotated[str, AfterValidator(_kept), AfterValidator(_readable)]


class Wire(BaseModel):
    """Base of what is sent; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


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
    """One trial to train. `preflight`: also measure what holds for its whole recipe shape."""

    trial: int
    number: int
    attempt: int
    params: dict[str, Any]
    recipe: dict[str, Any]
    preflight: bool


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


class EpochReport(Wire):
    """One epoch of one trial; a number that is not finite is null."""

    trial: Id
    attempt: Attempt
    epoch: int = Field(ge=0, le=10_000_000)
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
    patch: Json = {}


class VerdictReport(Wire):
    """A check's verdict on a trial; it replaces that check's earlier one."""

    trial: Id
    attempt: Attempt
    check: str = Field(min_length=1, max_length=64)
    severity: Severity
    scope: Literal["trial", "shape"] = "trial"
    summary: Text
    evidence: Json = {}
    remedy: RemedyReport | None = None
    first_epoch: Attempt | None = None
    last_epoch: Attempt | None = None


class End(Wire):
    """A trial is over. `reason` is a sentence, or the traceback of a trial that failed."""

    trial: Id
    attempt: Attempt
    state: Literal["complete", "infeasible", "failed"]
    reason: Text | None = None


REPORT_EXAMPLE: dict[str, Any] = {
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
    "ends": [{"trial": 6, "attempt": 1, "state": "complete"}],
}


class Report(Wire):
    """News of a lease's trials. An empty one is a heartbeat. `free_slots` asks for new trials."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": REPORT_EXAMPLE})

    epochs: list[EpochReport] = Field(default=[], max_length=100_000)
    verdicts: list[VerdictReport] = Field(default=[], max_length=100_000)
    ends: list[End] = Field(default=[], max_length=10_000)
    free_slots: int = Field(default=0, ge=0, le=100_000)


class Orders(Wire):
    """The answer to a report: trials to stop at once, and new ones for the free slots."""

    lease_seconds: float
    stop: list[int]
    assignments: list[Assignment]
