"""What every check is: frozen thresholds and one function from a history to a verdict."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, NamedTuple, final

from diagnostics.history import History
from diagnostics.parts import Folder, UnknownPart, did_you_mean
from diagnostics.verdict import Remedy, Severity, Verdict

CHECKS = Folder("diagnostics.checks", kind="check", group="sitter.checks")
PROFILES = ("none", "cheap", "standard", "full")  # by cost; each includes those before it


class BadThreshold(ValueError):
    """A check has no such threshold, or it cannot have that value; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Check(ABC):
    """Abstract: a check is a final subclass in a file of its own.

    Its fields are its thresholds, each with a source; its docstring is its page, under the
    headings *Sees*, *Why it matters*, *When it is wrong*, *What to do*, *Sources*.
    `profile` is the cheapest profile that measures what it needs. `scope` is `shape` where the
    judgement does not depend on the searched scalars and is made once per recipe shape of a study.
    It is asked after every epoch, or, where it is `seldom`, after ever fewer: what takes a walk
    through all of them is a `Reader`, and what is seldom news had better be a `QuickCheck`.
    """

    profile: ClassVar[Literal["cheap", "standard", "full"]] = "cheap"
    scope: ClassVar[Literal["trial", "shape"]] = "trial"
    seldom: ClassVar[bool] = False
    name: ClassVar[str]  # the file stem

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.rpartition(".")[2]

    @abstractmethod
    def judge(self, history: History) -> Verdict:
        """Never raises on a history of any length; too little of it is `skipped`."""

    def verdict(
        self,
        severity: Severity,
        summary: str,
        *,
        evidence: Mapping[str, Any] | None = None,
        remedy: Remedy | None = None,
        epochs: tuple[int, int] | None = None,
        causes: Mapping[str, float] | None = None,
    ) -> Verdict:
        """A verdict of this check; `epochs` = (first, last) of the evidence."""
        first, last = epochs or (None, None)
        clean = {key: _json_value(value) for key, value in (evidence or {}).items()}
        return Verdict(self.name, severity, summary, clean, remedy, first, last, dict(causes or {}))

    def skip(self, reason: str) -> Verdict:
        """`skipped`, with what is missing."""
        return self.verdict(Severity.SKIPPED, reason)


class Finding(NamedTuple):
    """What a check says of a history; `verdict()`, before that goes on, adds the evidence."""

    severity: Severity
    summary: str
    verdict: Callable[[], Verdict]


@dataclass(frozen=True, kw_only=True)
class QuickCheck(Check):
    """Abstract: gathers its evidence only where it is asked for.

    After most epochs a check says what it has said before, and a verdict would be for nobody.
    """

    @abstractmethod
    def find(self, history: History) -> Finding:
        """As `judge`, without what only a verdict needs."""

    @final
    def judge(self, history: History) -> Verdict:
        return self.find(history).verdict()

    def finding(
        self,
        severity: Severity,
        summary: str,
        *,
        evidence: Callable[[], Mapping[str, Any]],
        remedy: Remedy | None = None,
        epochs: tuple[int, int],
        causes: Mapping[str, float] | None = None,
    ) -> Finding:
        """A finding of this check, in the words of `verdict`."""

        def verdict() -> Verdict:
            found = evidence()
            return self.verdict(
                severity, summary, evidence=found, remedy=remedy, epochs=epochs, causes=causes
            )

        return Finding(severity, summary, verdict)

    def pass_over(self, reason: str) -> Finding:
        """`skipped`, with what is missing."""
        return Finding(Severity.SKIPPED, reason, lambda: self.skip(reason))


def load_checks(
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    profile: str = "standard",
    scope: str | None = None,
) -> list[Check]:
    """The checks of a profile, with thresholds replaced as given (check → field → value).

    Raises UnknownPart (no such check or profile) and BadThreshold (no such field, or a value it
    refuses).
    """
    if profile not in PROFILES:
        raise UnknownPart("profile", profile, PROFILES)
    wanted = dict(thresholds or {})
    for name in wanted:
        if name not in CHECKS.names():
            raise UnknownPart("check", name, CHECKS.names())
    affordable = PROFILES[: PROFILES.index(profile) + 1]
    kinds = [(name, CHECKS.load(name)) for name in CHECKS.names()]
    return [
        _build(name, kind, wanted.get(name, {}))
        for name, kind in kinds
        if kind.profile in affordable and scope in (None, kind.scope)
    ]


def judge(history: History, checks: Iterable[Check]) -> list[Verdict]:
    """Every check's verdict on the history, in the checks' order."""
    return [check.judge(history) for check in checks]


def finder(check: Check) -> Callable[[History], Finding]:
    """What the check says of a history; the verdict is made only on demand where it can be."""
    if isinstance(check, QuickCheck):
        return check.find

    def judged(history: History) -> Finding:
        verdict = check.judge(history)
        return Finding(verdict.severity, verdict.summary, lambda: verdict)

    return judged


def _build(name: str, kind: type[Check], settings: Mapping[str, Any]) -> Check:
    known = [f.name for f in fields(kind)]
    for key in settings:
        if key not in known:
            raise BadThreshold(
                f"{name}.{key}", f"{name} has no threshold {key!r}; {did_you_mean(key, known)}"
            )
    try:
        return kind(**settings)
    except (TypeError, ValueError) as error:
        raise BadThreshold(name, f"{name}: {error}") from error


def _json_value(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _json_value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_value(inner) for inner in value]
    return value
