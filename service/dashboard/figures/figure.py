"""What a figure is: a title, a place on its page, and one function from a scene to a drawing."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from service.dashboard.figures.scene import StudyScene, TrialScene

# Plotly's figure as plain JSON: `{"data": [...], "layout": {...}}`. `layout.meta` has `caption`
# (what it shows, in a sentence) and, where there is nothing to draw yet, `empty` (what will come).
Drawing = dict[str, Any]


class Figure(ABC):
    """Abstract. `title` says what to see, `order` is the place among the page's panels and
    `columns` its width of 12.
    """

    title: ClassVar[str]
    order: ClassVar[int]
    columns: ClassVar[int] = 6


class StudyFigure(Figure):
    """Abstract: a figure of a study."""

    @abstractmethod
    def draw(self, scene: StudyScene) -> Drawing:
        """Never raises, whatever the study holds."""


class TrialFigure(Figure):
    """Abstract: a figure of a trial."""

    @abstractmethod
    def draw(self, scene: TrialScene) -> Drawing:
        """Never raises, whatever the trial holds."""
