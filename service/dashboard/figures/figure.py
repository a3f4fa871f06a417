"""What a figure is: a title, a place on its page, and one function from a scene to a drawing."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

from service.dashboard.figures.scene import StudyScene, TrialScene

# Plotly's figure as plain JSON: `{"data": [...], "layout": {...}}`. `layout.meta` has `caption`
# (what it shows, in a sentence) and, where there is nothing to draw yet, `empty` (what will come).
#
# A figure that Plotly cannot draw without evaluating code names a module of ours in
# `layout.meta.drawn_by`: `static/drawn/<name>.js` exports `draw(element, figure)` and draws SVG or
# HTML from `layout.meta.scene`, which then holds all it needs; `data` is empty.
Drawing = dict[str, Any]
Need = Literal["curves", "rungs", "spans", "importance"]


class Figure(ABC):
    """Abstract. `title` says what to see, `order` is the place among the page's panels and
    `columns` its width of 12.
    """

    title: ClassVar[str]
    order: ClassVar[int]
    columns: ClassVar[int] = 6


class StudyFigure(Figure):
    """Abstract: a figure of a study. `needs` are the parts of the scene that are read for it."""

    needs: ClassVar[frozenset[Need]] = frozenset()

    @abstractmethod
    def draw(self, scene: StudyScene) -> Drawing:
        """Never raises, whatever the study holds."""


class TrialFigure(Figure):
    """Abstract: a figure of a trial.

    It needs one of `signals`, which the probes of `profile` and of the costlier ones measure; none
    where it is drawn for every trial. `at_start`: what was measured before training will do. `file`
    is what it draws from in place of signals.
    """

    signals: ClassVar[tuple[str, ...]] = ()
    profile: ClassVar[str] = "cheap"
    at_start: ClassVar[bool] = False
    file: ClassVar[str] = ""

    @abstractmethod
    def draw(self, scene: TrialScene) -> Drawing:
        """Never raises, whatever the trial holds."""
