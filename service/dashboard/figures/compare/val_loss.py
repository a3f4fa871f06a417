"""Validation loss of each trial by epoch."""

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.compared import CompareFigure, CompareScene, Line, drawn, told
from service.dashboard.figures.figure import Drawing

LOG_SPAN = 30.0  # losses that span this much are read on a log axis


class ValLoss(CompareFigure):
    """The lowest line wins; one that turns up is overfitting."""

    title = "Validation loss: which run goes lowest?"
    order = 20
    of = "trials"

    def draw(self, scene: CompareScene) -> Drawing:
        lines = [
            Line(
                run.name,
                run.curve.epochs,
                run.curve.val_loss,
                [run.curve.point.trial] * len(run.curve.epochs),
                told(run, run.curve.val_loss, words.loss),
            )
            for run in scene.runs
        ]
        known = [v for line in lines for v in line.y if v is not None]
        if not known:
            return drawing.empty("Lines begin once an epoch with a validation loss is reported.")
        lowest = [
            (min(v for v in line.y if v is not None), line.name) for line in lines if _any(line)
        ]
        value, name = min(lowest)
        return drawn(
            lines,
            xtitle="Epoch",
            ytitle="Validation loss, nat",
            log=drawing.wide(known, LOG_SPAN),
            caption=f"Lowest: {words.loss(value)}, {name}.",
            shape="linear",
        )


def _any(line: Line) -> bool:
    return any(value is not None for value in line.y)
