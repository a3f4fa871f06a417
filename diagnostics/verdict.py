"""What a check says: how bad it is, in one sentence, with the numbers and what to do about it."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """Ordered by harm: `skipped` says nothing, `fatal` ends the trial."""

    SKIPPED = "skipped"
    PASS = "pass"
    NOTE = "note"
    WARNING = "warning"
    FATAL = "fatal"

    rank: int

    def __new__(cls, value: str) -> "Severity":
        """With `rank`: 0 (skipped) … 4 (fatal)."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.rank = len(cls.__members__)
        return member


@dataclass(frozen=True)
class Remedy:
    """Advice in words, and the same as a recipe patch: recipe path → new value.

    `patch` is empty where no single change of the recipe follows from the evidence.
    """

    text: str
    patch: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """One check's judgement of one history.

    `evidence` holds plain numbers, strings and lists (JSON); a number that is not finite is None.
    `first_epoch` and `last_epoch` bound the epochs the evidence comes from; epoch 0 is the model
    before any update. `causes` says which causes of the taxonomy (diagnostics.causes) it speaks
    for, and how strongly: the probability, 0 to 1, that each is at work, by this verdict alone.
    """

    check: str
    severity: Severity
    summary: str
    evidence: dict[str, Any] = field(default_factory=dict)
    remedy: Remedy | None = None
    first_epoch: int | None = None
    last_epoch: int | None = None
    causes: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON form, as sent over REST and kept in SQL."""
        return asdict(self) | {"severity": self.severity.value}

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "Verdict":
        """The inverse of `to_dict`."""
        remedy = Remedy(**raw["remedy"]) if raw.get("remedy") else None
        return cls(**raw | {"severity": Severity(raw["severity"]), "remedy": remedy})
