"""/v1/drafts: what the service would say of a study, before it is submitted. Nothing is kept."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from service import data_files, starts, yaml_text
from service.dashboard.estimate import Estimate, estimate
from service.dashboard.samples import Samples, sampled
from service.deps import Reading, SettingsOf
from service.errors import Invalid
from service.settings import Settings
from service.store import fleet, pace
from service.study import EXAMPLE, StudyDocument
from service.tables import now
from service.yaml_text import Unreadable, Written
from trainer.recipe import Problem

router = APIRouter(prefix="/v1/drafts", tags=["studies"])

NO_STUDY = "is no study yet: it should be settings with `name`, `recipe`, `space` …"


class Draft(BaseModel):
    """A study as it is being written: as YAML, or as a document."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"yaml": yaml_text.printed(EXAMPLE)}}
    )

    yaml: str | None = Field(default=None, max_length=yaml_text.MOST_CHARACTERS)
    document: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Draft":
        if (self.yaml is None) == (self.document is None):
            raise ValueError("give `yaml` or `document`, one of the two")
        if reason := yaml_text.unprintable(self.document):
            raise ValueError(f"the document {reason}")
        return self


class DraftProblem(BaseModel):
    """As `fields` of an error; `line` is that of the YAML, counted from 1."""

    field: str
    message: str
    nearest: list[str] = []
    value: Any = None
    line: int | None = None


class DraftView(BaseModel):
    """`document` is None where the YAML cannot be read. `samples` are the first points by path."""

    document: dict[str, Any] | None
    yaml: str
    problems: list[DraftProblem]
    samples: dict[str, list[Any]] = {}
    sampled: str = ""
    estimate: Estimate | None = None


@router.post("", summary="Check a study that is being written; nothing is kept")
def check(session: Reading, settings: SettingsOf, draft: Draft) -> DraftView:
    text = yaml_text.printed(draft.document) if draft.yaml is None else draft.yaml
    try:
        written = yaml_text.read(text)
    except Unreadable as error:
        problem = DraftProblem(field="yaml", message=error.message, line=error.line)
        return DraftView(document=None, yaml=text, problems=[problem])
    document = written.value if draft.document is None else draft.document
    if not isinstance(document, dict):
        problem = DraftProblem(field="yaml", message=NO_STUDY)
        return DraftView(document=None, yaml=text, problems=[problem])
    return _judged(session, settings, text, document, written)


def _judged(
    session: Session, settings: Settings, text: str, document: dict[str, Any], written: Written
) -> DraftView:
    samples = sampled(document)
    try:
        study = _accepted(session, settings, document)
        problems, cost = [], _estimate(session, settings, study, samples)
    except Invalid as error:
        problems, cost = _placed(error, written), None
    return DraftView(
        document=document,
        yaml=text,
        problems=problems,
        samples=samples.values,
        sampled=samples.sentence,
        estimate=cost,
    )


def _accepted(session: Session, settings: Settings, document: dict[str, Any]) -> StudyDocument:
    """As on submit. Raises Invalid."""
    study = StudyDocument.parse(document)
    found: list[Problem] = [
        *data_files.problems(study, settings.data_dir),
        *starts.problems(session, study, settings.data_dir),
    ]
    if found:
        raise Invalid(found)
    return study


def _placed(error: Invalid, written: Written) -> list[DraftProblem]:
    fields = error.body()["fields"]
    return [DraftProblem(**each, line=written.line(each["field"])) for each in fields]


def _estimate(
    session: Session, settings: Settings, study: StudyDocument, samples: Samples
) -> Estimate:
    recipe = study.recipe.model_dump(mode="json")
    workers, _ = fleet.counted(session, now() - settings.silence)
    return estimate(study, samples.values, pace.measured(session, recipe), workers)
