"""What the API answers with: typed views of rows. Their fields are documented in OpenAPI."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from diagnostics import Verdict
from service.plan import Plan
from service.store.paging import Page
from service.store.studies import BestPoint
from service.tables import (
    Artifact,
    Attempt,
    DecisionRow,
    Epoch,
    EventRow,
    Lease,
    Study,
    Trial,
    VerdictRow,
)

Item = TypeVar("Item")


class View(BaseModel):
    """Base: read from a row of the same field names."""

    model_config = ConfigDict(from_attributes=True)


class Listing(BaseModel, Generic[Item]):
    """One page of a list; ask for the following one with `cursor=next`, until it is null."""

    items: list[Item]
    next: str | None


class BestView(View):
    """The best complete trial, or the best point by its mean where a study has repeats."""

    trial: int
    number: int
    value: float = Field(description="The objective; the mean over repeats where there are some.")
    deviation: float | None = Field(description="Standard deviation over the repeats' seeds.")
    seeds: int
    epoch: int | None = Field(description="The epoch that reached the value, from 1.")
    params: dict[str, Any]

    @classmethod
    def of(cls, best: BestPoint | None) -> "BestView | None":
        """The view of a study's best point, if it has one."""
        if best is None:
            return None
        trial = best.trial
        return cls(
            trial=trial.id,
            number=trial.number,
            value=best.value,
            deviation=best.deviation,
            seeds=best.seeds,
            epoch=trial.best_epoch,
            params=trial.params,
        )


class StudyView(View):
    """A study at a glance. `counts`: trials by state; points not drawn yet count as waiting."""

    id: int
    name: str
    state: str
    counts: dict[str, int]
    best: BestView | None
    budget: int = Field(description="Trials that the strategy may draw.")
    metric: str
    direction: str
    strategy: str
    tags: list[str]
    note: str
    created_at: datetime
    ended_at: datetime | None


class StudyDetail(StudyView):
    """A study with the document it was submitted as, every default filled in."""

    document: dict[str, Any]
    verdicts: dict[str, dict[str, int]] = Field(description="check → severity → number.")
    plan: Plan | None = Field(description="How its newest lease with a plan is trained.")


class TrialView(View):
    """One point of a study; `value` is its best objective so far, at `best_epoch`.

    A repair trains the point of the trial `repair_of` with the values of `patch`.
    """

    id: int
    study: int
    number: int
    repeat: int
    state: str
    params: dict[str, Any]
    repair_of: int | None
    patch: dict[str, Any] | None
    repaired_by: list[int] = Field(description="Trials that repair this one.")
    value: float | None
    best_epoch: int | None
    epochs: int
    epochs_done: int
    attempts: int
    reason: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, trial: Trial, repaired_by: Sequence[int] = ()) -> "TrialView":
        """The view of a row."""
        found = _fields(trial, TrialView)
        return cls(**found, study=trial.study_id, repaired_by=list(repaired_by))


class AttemptView(View):
    """One go at a trial by one worker.

    Its stack had seen `first_data_epoch` epochs of the data when it came; the epochs up to
    `resumed_epoch` are those of an earlier attempt, from whose snapshot it went on.
    """

    number: int
    state: str
    lease: int
    worker: int
    preflight: bool
    first_data_epoch: int
    resumed_epoch: int
    started_at: datetime
    ended_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptView":
        """The view of a row."""
        return cls(**_fields(attempt, cls), lease=attempt.lease_id, worker=attempt.worker_id)


class LeaseView(View):
    """A worker's claim on trials of one stack key, and how it trains them."""

    id: int
    worker: int
    state: str
    stack_key: str
    slots: int = Field(description="How many trials the worker can hold.")
    plan: Plan | None = Field(description="Null before the worker has said.")
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, lease: Lease) -> "LeaseView":
        """The view of a row."""
        return cls(**_fields(lease, cls), worker=lease.worker_id)


class CauseView(View):
    """What may be wrong with a trial: a cause, how likely it is, and the checks that say so."""

    cause: str
    confidence: float = Field(description="0 to 1.")
    checks: list[str] = Field(description="The one that speaks for it most strongly first.")


class TrialDetail(TrialView):
    """A trial with its whole recipe, every attempt, and what is wrong with it."""

    recipe: dict[str, Any]
    attempt_list: list[AttemptView]
    diagnosis: list[CauseView] = Field(
        description="The likeliest cause first; empty for a healthy trial, and until it is over."
    )


class EpochView(View):
    """One epoch. Losses are in nat; `seconds` is the epoch's wall time."""

    epoch: int
    attempt: int
    train_loss: float | None
    val_loss: float | None
    train_accuracy: float | None
    val_accuracy: float | None
    lr: float | None
    seconds: float | None
    value: float | None
    best_value: float | None

    @classmethod
    def of(cls, epoch: Epoch) -> "EpochView":
        """The view of a row."""
        return cls(**_fields(epoch, cls))


class SignalsView(View):
    """Everything the probes measured in one epoch; epoch 0 is the model before any update."""

    epoch: int
    signals: dict[str, Any]


class JudgementView(View):
    """What a check says of a history, why, and what to do."""

    check: str
    severity: str
    summary: str
    evidence: dict[str, Any]
    remedy: dict[str, Any] | None
    causes: dict[str, float] = Field(
        description="Cause → how probable it is, by this verdict alone."
    )
    first_epoch: int | None
    last_epoch: int | None

    @classmethod
    def judged(cls, verdict: Verdict) -> "JudgementView":
        """The view of a verdict that is no row."""
        return cls(**verdict.to_dict())


class VerdictView(JudgementView):
    """What a check says of a trial."""

    id: int
    study: int
    trial: int
    shared: bool = Field(description="Holds for every trial of the same recipe shape.")
    created_at: datetime

    @classmethod
    def of(cls, row: VerdictRow) -> "VerdictView":
        """The view of a row."""
        return cls(
            **_fields(row, cls),
            study=row.study_id,
            trial=row.trial_id,
            check=row.check_name,
            shared=row.stack_key is not None,
        )


class DecisionView(View):
    """What the stopping rule decided about a trial at a rung."""

    trial: int
    attempt: int
    epoch: int
    rule: str
    keep: bool
    value: float | None
    threshold: float | None
    peers: int
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, row: DecisionRow) -> "DecisionView":
        """The view of a row."""
        return cls(**_fields(row, cls), trial=row.trial_id)


class ArtifactView(View):
    """A file of a trial; fetch it at `/v1/trials/{id}/artifacts/{name}`."""

    name: str
    attempt: int
    bytes: int
    sha256: str
    created_at: datetime

    @classmethod
    def of(cls, row: Artifact) -> "ArtifactView":
        """The view of a row."""
        return cls(**_fields(row, cls))


class WorkerView(View):
    """A worker; `state` is `online` while it has been heard of within a lease's time."""

    id: int
    name: str
    device: str
    version: str
    slots: int
    state: str
    trials: list[int]
    plan: Plan | None = Field(description="How it trains them; null where it has not said.")
    first_seen_at: datetime
    last_seen_at: datetime


class EventView(View):
    """Something that changed."""

    id: int
    at: datetime
    kind: str
    study: int | None
    trial: int | None
    data: dict[str, Any]

    @classmethod
    def of(cls, row: EventRow) -> "EventView":
        """The view of a row."""
        return cls(**_fields(row, cls), study=row.study_id, trial=row.trial_id)


class Problem(BaseModel):
    """One field of a request that was refused."""

    field: str
    message: str
    nearest: list[str] = []
    value: Any = None


class ErrorView(BaseModel):
    """Every error of the API."""

    error: str = Field(examples=["invalid"])
    detail: str = Field(examples=["recipe.epocs: unknown key 'epocs'; did you mean 'epochs'?"])
    fields: list[Problem] = []


def study_fields(study: Study, counts: dict[str, int], best: BestView | None) -> dict[str, Any]:
    """Fields of a StudyView."""
    return {
        **_fields(study, StudyView),
        "counts": counts,
        "best": best,
        "strategy": study.document["strategy"]["name"],
    }


def listing(page: Page[Any], view: type[Any]) -> dict[str, Any]:
    """A page of rows as a Listing of their views."""
    return page.each(view.of)


def _fields(row: object, view: type[BaseModel]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in view.model_fields if hasattr(row, name)}
