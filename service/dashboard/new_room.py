"""`/new`: a study is written in a form and as YAML; `static/new/` keeps both in step."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from service import yaml_text
from service.dashboard.new_views import NewPage, Source
from service.dashboard.room import router_of
from service.dashboard.templating import page
from service.deps import Reading
from service.store import catalogue
from service.store.catalogue import Wanted
from service.store.rows import found
from service.study import EXAMPLE, StudyDocument
from service.tables import Study
from trainer.recipe import Distribution

SOURCES = 50  # newest studies that can be copied from the page
LONGEST_NAME = 190  # characters of a copied name, so that what is added fits
LONGEST_SHOWN = 60  # characters of a name in the list
ADDED = " (copy)"

# What people look for first stands in a copy, though it may be a default.
KEPT = frozenset(("data", "model", "optimizer", "schedule", "epochs", "batch_size", "strategy"))

router = router_of()

StudyToCopy = Annotated[int | None, Query(alias="from", ge=1, lt=2**31)]


@router.get("/new")
def new(session: Reading, copied: StudyToCopy = None) -> HTMLResponse:
    return page("new.html", new_page(session, copied))


def new_page(session: Session, copied: int | None) -> NewPage:
    """The form, filled with the example or with a copy. Raises NotFound."""
    study = None if copied is None else found(session, Study, copied)
    listed = catalogue.listed(session, Wanted(), cursor=None, limit=SOURCES)
    return NewPage(
        yaml=yaml_text.printed(EXAMPLE if study is None else copy(study.document)),
        copied=None if study is None else _source(study),
        sources=tuple(map(_source, listed.items)),
        answer=_answer(study),
    )


def copy(document: dict[str, Any]) -> dict[str, Any]:
    """The study with a name of its own, and without what is the default anyway."""
    try:
        short = brief(StudyDocument.stored(document))
    except ValidationError:  # a part that it names is not installed any more
        short = dict(document)
    return short | {"name": document["name"][:LONGEST_NAME] + ADDED}


def brief(settings: BaseModel) -> dict[str, Any]:
    """The settings that are not the default; an ingredient keeps its name."""
    shown = {}
    for field, info in type(settings).model_fields.items():
        value = getattr(settings, field)
        default = info.get_default(call_default_factory=True)
        if field == "name" or field in KEPT or value != default:
            shown[field] = _brief(value)
    return shown


def _brief(value: Any) -> Any:
    if isinstance(value, Distribution):
        return value.document()
    if isinstance(value, BaseModel):
        return brief(value)
    if isinstance(value, list):
        return [_brief(each) for each in value]
    if isinstance(value, dict):
        return {key: _brief(each) for key, each in value.items()}
    return value


def _source(study: Study) -> Source:
    return Source(study.id, study.name[:LONGEST_SHOWN])


def _answer(study: Study | None) -> str:
    if study is None:
        return "An example is filled in: change what you like, and submit it."
    return f"A copy of study {study.id}: change what you like, and submit it."
