"""What a study's figures draw from, read once for each figure that is asked for."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from sqlalchemy.orm import Session

from service.dashboard import words
from service.dashboard.census import Censuses
from service.dashboard.figures import Need
from service.dashboard.figures.scene import (
    Curve,
    Point,
    Rung,
    Span,
    StudyScene,
    axes_of,
    numeric,
)
from service.dashboard.figures.seeds import folded
from service.dashboard.figures.telling import telling
from service.search.importance import Importance
from service.store import drawn
from service.store.rows import found
from service.study import StudyDocument
from service.tables import Study, now
from trainer.recipe import get_path

CURVES = 120  # of a study that are drawn one by one
SPANS = 20_000  # goes at trials that a timeline is made from


def study_scene(
    session: Session, censuses: Censuses, study_id: int, needs: Collection[Need] = ()
) -> StudyScene:
    """Raises NotFound."""
    study = found(session, Study, study_id)
    document = StudyDocument.stored(study.document)
    axes = axes_of(document.space)
    others = [path for path in words.in_order(document.space) if path not in {a.path for a in axes}]
    points = _points(session, censuses, study, document)
    return StudyScene(
        metric=study.metric,
        maximize=study.direction == "maximize",
        axes=axes,
        points=points,
        others=tuple(others),
        repeats=document.repeats,
        curves=tuple(_curves(session, study, points)) if "curves" in needs else (),
        rungs=tuple(Rung(*row) for row in drawn.rungs(session, study.id))
        if "rungs" in needs
        else (),
        spans=tuple(_spans(session, study, points)) if "spans" in needs else (),
        elapsed=((study.ended_at or now()) - study.created_at).total_seconds(),
        stopping=document.stopping.name,
        importance=censuses.importance(study, document, _folded(document, points)).shares
        if "importance" in needs
        else (),
    )


def study_importance(session: Session, censuses: Censuses, study_id: int) -> Importance:
    """How much each searched path matters. Raises NotFound."""
    study = found(session, Study, study_id)
    document = StudyDocument.stored(study.document)
    points = _points(session, censuses, study, document)
    return censuses.importance(study, document, _folded(document, points))


def _folded(document: StudyDocument, points: Sequence[Point]) -> tuple[Point, ...]:
    maximize = document.objective.direction == "maximize"
    return folded(points, document.repeats, maximize=maximize)


def _points(
    session: Session, censuses: Censuses, study: Study, document: StudyDocument
) -> tuple[Point, ...]:
    """Every trial; a given point has the recipe's value where it leaves a searched path out."""
    fixed = {path: get_path(document.recipe, path) for path in document.space}
    return tuple(
        point if point.params.keys() >= fixed.keys() else point.with_params(fixed | point.params)
        for point in censuses.points(session, study)
    )


def _curves(session: Session, study: Study, points: Sequence[Point]) -> Iterator[Curve]:
    shown = {p.trial: p for p in telling(points, CURVES, maximize=study.direction == "maximize")}
    rows = drawn.curves(session, shown)
    for trial, its in groupby(rows, key=lambda row: row.trial):
        yield curve(shown[trial], list(its))


def curve(point: Point, rows: Sequence[drawn.EpochRow]) -> Curve:
    """A trial's learning curve from its epochs, in their order."""
    return Curve(
        point,
        tuple(row.epoch for row in rows),
        tuple(numeric(row.train_loss) for row in rows),
        tuple(numeric(row.val_loss) for row in rows),
        tuple(numeric(row.value) for row in rows),
    )


def _spans(session: Session, study: Study, points: Sequence[Point]) -> Iterator[Span]:
    by_id = {point.trial: point for point in points}
    for row in drawn.spans(session, study.id, SPANS):
        if row.trial not in by_id:  # it came after the points were read
            continue
        start = (row.started_at - study.created_at).total_seconds()
        end = (row.ended_at - study.created_at).total_seconds() if row.ended_at else None
        yield Span(by_id[row.trial], row.worker, row.lease, row.slots, row.state, start, end)
