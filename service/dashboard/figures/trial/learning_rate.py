"""The learning rate that each epoch ended with."""

from statistics import median

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import curve, epochs_axis, values, waiting
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.scene import TrialScene

FALL = 10.0  # an lr that is mostly this far below its highest is read on a log axis
ABOVE = 1.06  # room above the highest point, as a factor


class LearningRate(TrialFigure):
    """What the schedule made of the recipe's lr."""

    title = "Learning rate: what the schedule did"
    order = 30

    def draw(self, scene: TrialScene) -> Drawing:
        lr = scene.history.series("lr")
        known = [v for v in values(lr) if v is not None]
        if not known:
            return drawing.empty(waiting(scene))
        log = min(known) > 0 and max(known) / median(known) >= FALL
        limits = drawing.bulk(known, log=log) or (0.0, 1.0)
        return drawing.figure(
            [curve("lr", lr, drawing.SERIES[0], words.param)],
            caption=_caption(words.param(known[0]), words.param(known[-1])),
            xaxis=epochs_axis(scene),
            yaxis=drawing.axis(
                "Learning rate", log=log, range=limits if log else (0.0, ABOVE * max(known))
            ),
        )


def _caption(first: str, last: str) -> str:
    return f"{first} throughout." if first == last else f"From {first} to {last}."
