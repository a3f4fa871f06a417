"""What every check is: frozen thresholds and one function from a history to a verdict."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from diagnostics.history import History
from diagnostics.parts import Folder, UnknownPart, did_you_mean
from diagnostics.verdict import Remedy, Severity, Verdict

CHECKS = Folder("diagnostics.checks", kind="check", group="sitter.checks")
PROFILES = ("cheap", "standard", "full")  # by cost; each includes those before it


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
    """

    profile: ClassVar[Literal["cheap", "standard", "full"]] = "cheap"
    scope: ClassVar[Literal["trial", "shape"]] = "trial"

    @property
    def name(self) -> str:
        """The file stem."""
        return type(self).__module__.rpartition(".")[2]

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
    ) -> Verdict:
        """A verdict of this check; `epochs` = (first, last) of the evidence."""
        first, last = epochs or (None, None)
        clean = {key: _json_number(value) for key, value in (evidence or {}).items()}
        return Verdict(self.name, severity, summary, clean, remedy, first, last)

    def skip(self, reason: str) -> Verdict:
        """`skipped`, with what is missing."""
        return self.verdict(Severity.SKIPPED, reason)


def load_checks(
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    profile: str = "standard",
    scope: str | None = None,
) -> list[Check]:
    """The checks of a profile, with thresholds replaced as given (check → field → value).

    Raises UnknownPart (no such check) and BadThreshold (no such field, or a value it refuses).
    """
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


def _json_number(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _json_number(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json_number(inner) for inner in value]
    return value
