"""Which figures a trial's page has: those that were measured, and those that still can be."""

from sqlalchemy.orm import Session

from diagnostics.check import PROFILES
from service.dashboard.figures import TRIAL_FIGURES, TrialFigure
from service.dashboard.figures.panels import filled, panels
from service.dashboard.trial_views import Panels
from service.store import artifacts, trial_pages
from service.study import StudyDocument
from service.tables import ENDED, Trial

LEADING = ("loss", "accuracy")


def panels_of(session: Session, trial: Trial, document: StudyDocument) -> Panels:
    """None at all of a trial that ended before its first epoch."""
    if trial.state in ENDED and not trial.epochs_done:
        return Panels((), (), ())
    seen = trial_pages.signals(session, trial)
    kept = {row.name for row in artifacts.listed(session, trial.id)}
    coming = set() if trial.state in ENDED else _coming(document, trial.epochs_done > 0)
    shown = []
    for panel in panels(TRIAL_FIGURES, f"/v1/trials/{trial.id}/figures"):
        figure: type[TrialFigure] = TRIAL_FIGURES.load(panel.name)
        always = not figure.signals and not figure.file
        if always or seen & _wanted(figure) or figure.file in kept or panel.name in coming:
            shown.append(panel)
    return Panels(
        leading=filled(p for p in shown if p.name in LEADING),
        inside=filled(p for p in shown if p.name not in LEADING and not _of_file(p.name)),
        mistakes=filled(p for p in shown if _of_file(p.name)),
    )


def _wanted(figure: type[TrialFigure]) -> set[str]:
    start = {f"{trial_pages.START}{name}" for name in figure.signals} if figure.at_start else set()
    return start | set(figure.signals)


def _coming(document: StudyDocument, measured: bool) -> set[str]:
    """Figures of a trial that is not over, which its first epoch, or its end, will bring."""
    depth = PROFILES.index(document.diagnostics.profile)
    affordable = () if measured else PROFILES[: depth + 1]
    kinds = {name: TRIAL_FIGURES.load(name) for name in TRIAL_FIGURES.names()}
    signals = {n for n, kind in kinds.items() if kind.signals and kind.profile in affordable}
    asked = document.recipe.evaluation.confusion
    return signals | {n for n, kind in kinds.items() if kind.file and asked}


def _of_file(name: str) -> bool:
    figure: type[TrialFigure] = TRIAL_FIGURES.load(name)
    return bool(figure.file)
