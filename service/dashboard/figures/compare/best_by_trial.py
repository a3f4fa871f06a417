"""The best so far of each study by the number of trials."""

from collections.abc import Iterator

from service.dashboard.figures.best_so_far import best_so_far
from service.dashboard.figures.compared import CompareFigure, CompareScene, Search
from service.dashboard.figures.figure import Drawing
from service.dashboard.figures.scene import Point


class BestByTrial(CompareFigure):
    """Which search finds more in as many trials."""

    title = "Best so far, trial by trial"
    order = 10
    of = "studies"

    def draw(self, scene: CompareScene) -> Drawing:
        return best_so_far(scene, _counted, xtitle="Trials", unit="trial")


def _counted(search: Search) -> Iterator[tuple[float, Point]]:
    for place, point in enumerate(search.points, start=1):
        yield float(place), point
