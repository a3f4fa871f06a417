"""What the service answers with, as the client gives it on. Fields it adds later are ignored."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item")


class Answer(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(Answer, Generic[Item]):
    """Part of a list; `next` is the cursor of the following part, None on the last."""

    items: list[Item]
    next: str | None


class Best(Answer):
    """The best trial: its objective, the epoch that reached it, and its point."""

    trial: int
    number: int
    value: float
    deviation: float | None
    seeds: int
    epoch: int | None
    params: dict[str, Any]
    recipe: dict[str, Any] | None = None


class Timed(Answer):
    """What one step of an engine took with so many trials, s."""

    engine: str
    width: int
    seconds_per_step: float | None


class Line(Answer):
    """The time of a step as a + b · width, s."""

    a: float | None
    b: float | None


class Plan(Answer):
    """How a worker trains the trials of a lease, why, and what it measured.

    `times_faster`: trials a second beside one by one. `bytes_per_trial`: memory of a further trial.
    """

    engine: str
    width: int
    times_faster: float | None
    reason: str
    table: list[Timed]
    fit: dict[str, Line]
    bytes_per_trial: int | None


class Study(Answer):
    """A study; `counts` are its trials by state, `verdicts` its verdicts by check and severity."""

    id: int
    name: str
    state: str
    counts: dict[str, int]
    best: Best | None
    budget: int
    metric: str
    direction: str
    strategy: str
    tags: list[str]
    note: str
    created_at: datetime
    ended_at: datetime | None
    document: dict[str, Any] | None = None
    verdicts: dict[str, dict[str, int]] = {}
    plan: Plan | None = None

    @property
    def trials(self) -> int:
        """How many trials there are or will be."""
        return sum(self.counts.values())

    @property
    def over(self) -> bool:
        """Whether nothing can change any more, unless somebody gives it more to do."""
        return self.state in ("complete", "cancelled", "failed")

    @property
    def ended(self) -> int:
        """How many trials are over."""
        return self.trials - self.counts["waiting"] - self.counts["running"]


class Attempt(Answer):
    """One go at a trial by one worker.

    Its stack had seen `first_data_epoch` epochs of the data when it came; the epochs up to
    `resumed_epoch` are those of an earlier attempt, from whose snapshot it went on.
    """

    number: int
    state: str
    worker: int
    lease: int
    first_data_epoch: int
    resumed_epoch: int
    started_at: datetime
    ended_at: datetime | None
    reason: str | None


class Cause(Answer):
    """What may be wrong with a trial (diagnostics.causes), how likely it is (0 to 1), and the
    checks that speak for it, the strongest first.
    """

    cause: str
    confidence: float
    checks: list[str]


class Trial(Answer):
    """One point of a study; a repair is that of the trial `repair_of` with the values of `patch`.

    `diagnosis` has the likeliest cause first; it is empty for a healthy trial.
    """

    id: int
    study: int
    number: int
    repeat: int
    state: str
    params: dict[str, Any]
    repair_of: int | None = None
    patch: dict[str, Any] | None = None
    repaired_by: list[int] = []
    value: float | None
    best_epoch: int | None
    epochs: int
    epochs_done: int
    attempts: int
    reason: str | None
    started_at: datetime | None
    ended_at: datetime | None
    recipe: dict[str, Any] | None = None
    attempt_list: list[Attempt] = []
    diagnosis: list[Cause] = []


class Epoch(Answer):
    """One epoch of a trial; losses in nat, `seconds` of wall time."""

    epoch: int
    train_loss: float | None
    val_loss: float | None
    train_accuracy: float | None
    val_accuracy: float | None
    lr: float | None
    seconds: float | None
    value: float | None


class Signals(Answer):
    """What was measured in one epoch beside losses and accuracies."""

    epoch: int
    signals: dict[str, Any]


class Judgement(Answer):
    """What a check says of a history, why, what to do, and the causes it speaks for."""

    check: str
    severity: str
    summary: str
    evidence: dict[str, Any]
    remedy: dict[str, Any] | None
    causes: dict[str, float] = {}
    first_epoch: int | None
    last_epoch: int | None


class Verdict(Judgement):
    """What a check says of a trial."""

    id: int
    study: int
    trial: int


class Rejudged(Answer):
    """What the checks say of a trial's stored history; `changed` said something else before."""

    verdicts: list[Judgement]
    diagnosis: list[Cause]
    changed: list[str]
    kept: bool


class Check(Answer):
    """An entry of the catalogue of checks."""

    name: str
    profile: str
    scope: str
    summary: str
    page: str
    thresholds: dict[str, Any]


class Worker(Answer):
    """A worker, the trials it is training, and how."""

    id: int
    name: str
    device: str
    state: str
    slots: int
    trials: list[int]
    plan: Plan | None
    last_seen_at: datetime


class Assignment(Answer):
    """A trial to train. `preflight`: also measure what holds for its whole recipe shape.

    `resumable` names the snapshots of earlier attempts, newest first; `Sitter.checkpoint` fetches.
    """

    trial: int
    number: int
    attempt: int
    params: dict[str, Any]
    recipe: dict[str, Any]
    preflight: bool
    resumable: list[str] = []


class Claim(Answer):
    """A lease on trials, to be renewed by a report within `lease_seconds`."""

    lease: int
    token: str
    lease_seconds: float
    study: int
    objective: dict[str, Any]
    diagnostics: dict[str, Any]
    prompt: bool
    searches_optimizer: bool
    assignments: list[Assignment]


class Orders(Answer):
    """The answer to a report: trials to stop at once, and new ones for free slots."""

    lease_seconds: float
    stop: list[int]
    assignments: list[Assignment]


class Lease(Answer):
    """A worker's claim on trials of one stack key; `slots` is how many the worker can hold."""

    id: int
    worker: int
    state: str
    stack_key: str
    slots: int
    plan: Plan | None
    created_at: datetime
    ended_at: datetime | None


class Stops(Answer):
    """The answer to files: trials that the lease does not hold, of which nothing was kept."""

    stop: list[int]


class Token(Answer):
    """Access for a person or a program; `last_used_at` is right to the minute."""

    id: int
    name: str
    role: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewToken(Token):
    """A token that was just made; its text is told this once."""

    token: str


class Webhook(Answer):
    """Somebody who is told of events; `said` is how the last try went."""

    id: int
    url: str
    events: list[str]
    state: str
    failures: int
    said: str | None
    tried_at: datetime | None
    next_try_at: datetime | None


class NewWebhook(Webhook):
    """A webhook that was just made; its secret is told this once."""

    secret: str
