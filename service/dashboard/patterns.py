"""What shows only across a study's trials, kept between requests."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from diagnostics.across import Pattern, Ran, across
from service.dashboard.figures.scene import numeric
from service.store import diagnoses, pages
from service.tables import Study

MOST = 1000  # trials that are compared, the newest


def patterns(session: Session, study: Study) -> Sequence[Pattern]:
    """Those of the study's newest trials, warnings first."""
    rows = pages.newest(session, study.id, MOST)
    causes = diagnoses.likeliest(session, [row.id for row in rows])
    return across(
        [
            Ran(
                number=row.number,
                state=row.state,
                params=row.params,
                value=numeric(row.value),
                causes=tuple(cause for cause, _ in [causes[row.id]]) if row.id in causes else (),
            )
            for row in rows
        ],
        metric=study.metric,
        direction=study.direction,
    )
