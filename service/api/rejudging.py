"""/v1/trials/{id}/rejudge: judge a trial's stored history again, with other thresholds perhaps."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from diagnostics import Verdict, diagnose
from diagnostics.check import load_checks
from service import thresholds
from service.deps import DatabaseOf, Id
from service.errors import Invalid
from service.histories import judged
from service.store import judging
from service.views import CauseView, JudgementView
from trainer.recipe import Diagnostics

router = APIRouter(prefix="/v1/trials", tags=["trials"])


class Rejudging(BaseModel):
    """Thresholds beside those of the study, and what to do with the answer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"checks": {"plateau": {"flat": 0.02}}}}
    )

    checks: dict[str, dict[str, Any]] = Field(
        default={}, max_length=256, description="check → threshold → value; others as they were."
    )
    profile: Literal["none", "cheap", "standard", "full"] | None = Field(
        default=None, description="Which checks judge; by default the study's profile."
    )
    keep: bool = Field(
        default=False, description="Put the verdicts and the diagnosis in place of the stored ones."
    )


class Rejudged(BaseModel):
    """What the checks say of the history now. `changed` are those that said something else."""

    verdicts: list[JudgementView]
    diagnosis: list[CauseView]
    changed: list[str]
    kept: bool


AS_IT_WAS = Rejudging()


@router.post("/{trial_id}/rejudge", summary="Judge the stored history again")
def rejudge(database: DatabaseOf, trial_id: Id, given: Rejudging = AS_IT_WAS) -> Rejudged:
    with database.reading() as session:
        stored = judging.stored(session, trial_id)
    chosen = stored.document.diagnostics
    merged = _merged(chosen, given)
    if problems := thresholds.problems(merged, "checks"):
        raise Invalid(problems)
    checks = load_checks(merged, profile=given.profile or chosen.profile)
    said = judged(stored.history, checks)
    causes = diagnose(said)
    if given.keep:
        with database.writing() as session:
            judging.keep(session, trial_id, said, causes)
    return Rejudged(
        verdicts=[JudgementView.judged(verdict) for verdict in said],
        diagnosis=[CauseView.model_validate(cause.to_dict()) for cause in causes],
        changed=_changed(stored.verdicts, said),
        kept=given.keep,
    )


def _merged(chosen: Diagnostics, given: Rejudging) -> dict[str, dict[str, Any]]:
    names = {**chosen.checks, **given.checks}
    return {name: chosen.checks.get(name, {}) | given.checks.get(name, {}) for name in names}


def _changed(before: dict[str, Verdict], after: list[Verdict]) -> list[str]:
    """Checks that say something else, or that speak now and did not, or the other way round."""
    now = {verdict.check: _said(verdict) for verdict in after}
    then = {check: _said(verdict) for check, verdict in before.items()}
    return sorted(check for check in now | then if now.get(check) != then.get(check))


def _said(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.severity, verdict.summary, verdict.remedy, verdict.causes
