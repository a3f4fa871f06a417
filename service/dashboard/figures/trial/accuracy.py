"""Training and validation accuracy by epoch."""

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import curve, epochs_axis, last, values, waiting
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.scene import TrialScene

PERCENT = 100.0
SPAN = 10.0  # percent points that the axis covers at least


class Accuracy(TrialFigure):
    """Validation should rise with training; a standing gap between them is overfitting."""

    title = "Accuracy: how well does it classify?"
    order = 20
    signals = ("train_accuracy", "val_accuracy")

    def draw(self, scene: TrialScene) -> Drawing:
        train, val = scene.history.series("train_accuracy"), scene.history.series("val_accuracy")
        shown = [v * PERCENT for v in (*values(train), *values(val)) if v is not None]
        bulk = drawing.bulk(shown)
        if bulk is None:
            return drawing.empty(waiting(scene))
        limits = _at_least(bulk)
        blue, red = drawing.SERIES[:2]
        ends = [
            (name, None if value is None else value * PERCENT, colour)
            for name, value, colour in (
                ("training", last(train), blue),
                ("validation", last(val), red),
            )
        ]
        return drawing.figure(
            [
                curve("training", train, blue, words.percent, PERCENT),
                curve("validation", val, red, words.percent, PERCENT),
            ],
            caption=_caption(scene, values(train), values(val)),
            xaxis=epochs_axis(scene),
            yaxis=drawing.axis("Accuracy, %", range=limits),
            annotations=drawing.end_names(ends, limits, log=False),
            margin=drawing.NAMED,
        )


def _at_least(limits: tuple[float, float]) -> tuple[float, float]:
    """Limits so wide that noise does not look like a difference."""
    missing = max(0.0, SPAN - (limits[1] - limits[0])) / 2
    return limits[0] - missing, limits[1] + missing


def _caption(scene: TrialScene, train: list[float | None], val: list[float | None]) -> str:
    known = [v for v in val if v is not None]
    if not known:
        return "Validation accuracy was not measured."
    said = f"Validation accuracy up to {words.percent(max(known))}"
    if scene.best_epoch is not None:
        said += f"; best epoch {scene.best_epoch}"
    if train and train[-1] is not None and val[-1] is not None:
        gap = PERCENT * (train[-1] - val[-1])
        said += f"; training ends {abs(gap):.1f} points {'above' if gap >= 0 else 'below'}"
    return said + "."
