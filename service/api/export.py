"""/v1/studies/{id}/export: every trial of a study as a file."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from pydantic_core import to_json
from sqlalchemy.orm import Session

from service.dashboard import sheets
from service.deps import Id, Reading
from service.search.journal import journal
from service.store import exports
from service.store.exports import FACTS, Exported
from service.store.rows import found
from service.study import StudyDocument
from service.tables import Study
from trainer.recipe import get_path

router = APIRouter(prefix="/v1/studies", tags=["studies"])

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {},
            "application/json": {},
            "application/vnd.apache.parquet": {},
            "application/octet-stream": {},
        }
    }
}


@router.get(
    "/{study_id}/export",
    response_class=Response,
    responses=FILES,
    summary="All trials as a file: csv, json, parquet, or a journal that Optuna reads",
)
def export(
    session: Reading, study_id: Id, format: Literal["csv", "json", "parquet", "optuna"] = "csv"
) -> Response:
    """A setting that a point leaves to the study's recipe is the recipe's.

    `optuna`: `JournalStorage(JournalFileBackend(file))` opens it; what Optuna cannot hold, a value
    outside the searched range, is among the trial's user attributes.
    """
    study = found(session, Study, study_id)
    document = StudyDocument.stored(study.document)
    name = f"study-{study.id}-trials"
    if format == "optuna":
        rows = exports.trials(session, study.id)
        content = journal(study.name, document.space, document.objective.direction, rows)
        return _file(content, f"{name}.journal", "application/octet-stream")
    paths = _paths(session, study_id, document)
    rows = _filled(session, study_id, document, paths)
    if format == "csv":
        cells = ((*row[:-1], *(row.params[path] for path in paths)) for row in rows)
        return sheets.sheet(name, _columns(paths), cells)
    if format == "json":
        headers = _kept_as(f"{name}.json")
        return StreamingResponse(_json(rows), media_type="application/json", headers=headers)
    return _file(_parquet(rows, paths), f"{name}.parquet", "application/vnd.apache.parquet")


def _paths(session: Session, study_id: int, document: StudyDocument) -> list[str]:
    """Those of the space, then those that only repairs have."""
    further = exports.further_paths(session, study_id) - document.space.keys()
    return [*document.space, *sorted(further)]


def _columns(paths: Sequence[str]) -> list[str]:
    return [*FACTS, *(f"params.{path}" for path in paths)]


def _filled(
    session: Session, study_id: int, document: StudyDocument, paths: Sequence[str]
) -> Iterator[Exported]:
    fixed = {path: _fixed(document, path) for path in paths}
    for row in exports.trials(session, study_id):
        yield row._replace(params={path: row.params.get(path, fixed[path]) for path in paths})


def _fixed(document: StudyDocument, path: str) -> Any:
    """What the recipe has at a path; None where another section of a repair has brought it."""
    try:
        return get_path(document.recipe, path)
    except LookupError:
        return None


def _json(rows: Iterable[Exported]) -> Iterator[bytes]:
    """An array, a trial a line."""
    before = b"[\n"
    for row in rows:
        yield before + to_json(row._asdict(), inf_nan_mode="null")
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _parquet(rows: Iterable[Exported], paths: Sequence[str]) -> bytes:
    """Typed columns: a setting that is a number in every trial is one."""
    import pyarrow
    from pyarrow import parquet

    listed = [(*row[:-1], *(row.params[path] for path in paths)) for row in rows]
    names = _columns(paths)
    kinds = _kinds(pyarrow)
    arrays = []
    for place, name in enumerate(names):
        values = [row[place] for row in listed]
        if name in kinds:
            arrays.append(pyarrow.array(values, kinds[name]))
        else:
            arrays.append(pyarrow.array(*_setting(pyarrow, values)))
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays, names=names), buffer)
    return buffer.getvalue()


def _kinds(pyarrow: Any) -> dict[str, Any]:
    """The types of the facts, also where no trial has a value."""
    python = {int: pyarrow.int64(), float: pyarrow.float64(), str: pyarrow.string()}
    moment = pyarrow.timestamp("us", tz="UTC")
    kinds = dict.fromkeys(FACTS, python[int])
    kinds |= {"state": python[str], "value": python[float]}
    return kinds | {name: moment for name in FACTS if name.endswith("_at")}


def _setting(pyarrow: Any, values: Sequence[Any]) -> tuple[list[Any], Any]:
    """Values with their type: all whole, all numbers, all truth values, else text."""
    known = {type(value) for value in values if value is not None}
    if known == {bool}:
        return list(values), pyarrow.bool_()
    if known and known <= {int, float}:
        whole = known == {int}
        return list(values), pyarrow.int64() if whole else pyarrow.float64()
    return [None if value is None else _text(value) for value in values], pyarrow.string()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value).decode()


def _file(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers=_kept_as(name))


def _kept_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
