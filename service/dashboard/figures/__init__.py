"""Figures as Plotly JSON. The folders `study` and `trial` are the registries: one file each."""

from diagnostics.parts import Folder
from service.dashboard.figures.figure import Drawing, Need, StudyFigure, TrialFigure
from service.dashboard.figures.scene import StudyScene, TrialScene

STUDY_FIGURES = Folder("service.dashboard.figures.study", kind="figure of a study")
TRIAL_FIGURES = Folder("service.dashboard.figures.trial", kind="figure of a trial")

__all__ = [
    "STUDY_FIGURES",
    "TRIAL_FIGURES",
    "Drawing",
    "Need",
    "StudyFigure",
    "StudyScene",
    "TrialFigure",
    "TrialScene",
]
