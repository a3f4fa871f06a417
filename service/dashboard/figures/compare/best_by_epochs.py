"""The best so far of each study by the epochs spent."""

from collections.abc import Iterator

from service.dashboard.figures.best_so_far import best_so_far
from service.dashboard.figures.compared import CompareFigure, CompareScene, Search
from service.dashboard.figures.figure import Drawing
from service.dashboard.figures.scene import Point


class BestByEpochs(CompareFigure):
    """Which search finds more for as much training: pruned trials cost less."""

    title = "Best so far, for the epochs spent"
    order = 20
    of = "studies"

    def draw(self, scene: CompareScene) -> Drawing:
        return best_so_far(scene, _spent, xtitle="Epochs trained, all trials", unit="epoch")


def _spent(search: Search) -> Iterator[tuple[float, Point]]:
    total = 0
    for point in search.points:
        total += point.epochs
        yield float(total), point
