"""Training and validation loss by epoch, beside what an uninformed model would pay."""

from diagnostics import Series
from service.dashboard import words
from service.dashboard.figures import drawing, naming
from service.dashboard.figures.curves import curve, epochs_axis, last, values, waiting
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.scene import TrialScene

LOG_SPAN = 100.0  # a loss that falls or grows this far is read on a log axis
ABOVE = 1.15  # room around the reference line for its name, as a factor


class Loss(TrialFigure):
    """Both losses should fall; a widening gap between them is overfitting."""

    title = "Loss: does it go down, and does validation follow?"
    order = 10

    def draw(self, scene: TrialScene) -> Drawing:
        train, val = scene.history.series("train_loss"), scene.history.series("val_loss")
        shown = [*values(train), *values(val)]
        known = [v for v in shown if v is not None]
        if not known:
            return drawing.empty(waiting(scene))
        log = drawing.wide(known, LOG_SPAN)
        limits = drawing.bulk(shown, log=log) or (0.0, 1.0)
        marked = []
        if (level := scene.uninformed) is not None:
            limits = min(limits[0], level.value / ABOVE), max(limits[1], level.value * ABOVE)
            name = f"{level.name} = {level.value:.3f}"
            marked.append(drawing.named_level(level.value, name, log=log, right=True))
        if (blown := _blown_up(train, val)) is not None:
            marked.append(drawing.named_moment(blown, "diverged"))
        blue, red = drawing.SERIES[:2]
        ends = [("training", last(train), blue), ("validation", last(val), red)]
        course = _points(val if scene.gap is not None else train, log)
        gap = [] if scene.gap is None else naming.gap(_points(train, log), course, scene.gap)
        return drawing.figure(
            [
                *gap,
                curve("training", train, blue, words.loss),
                curve("validation", val, red, words.loss),
            ],
            caption=naming.said(scene.shapes)
            + _caption(values(val) if len(val) else values(train), len(val) > 0, limits, shown)
            + naming.marked(scene.marks),
            xaxis=epochs_axis(scene),
            yaxis=drawing.axis("Loss, nat", log=log, range=limits),
            shapes=[shape for shape, _ in marked],
            annotations=[
                *(note for _, note in marked),
                *drawing.end_names(ends, limits, log=log),
                *naming.named(scene.shapes, course, limits, log=log),
                *naming.signs(scene.marks),
            ],
            margin={**drawing.NAMED, "t": naming.ROOM} if scene.marks else drawing.NAMED,
        )


def _points(series: Series, log: bool) -> naming.Points:
    """What the axis can show of a series."""
    pairs = zip(series.epochs, values(series), strict=True)
    return [(epoch, v) for epoch, v in pairs if v is not None and (v > 0 or not log)]


def _blown_up(train: Series, val: Series) -> int | None:
    """The first epoch whose loss was not finite."""
    found = [
        epoch
        for series in (train, val)
        for epoch, value in zip(series.epochs, values(series), strict=True)
        if value is None
    ]
    return min(found, default=None)


def _caption(
    series: list[float | None],
    validated: bool,
    limits: tuple[float, float],
    shown: list[float | None],
) -> str:
    known = [v for v in series if v is not None]
    which = "Validation" if validated else "Training"
    if not known:
        return f"{which} loss diverged in its first epoch."
    if len(series) == 1:
        return f"{which} loss {words.loss(known[0])} after one epoch."
    said = f"{which} loss {words.loss(known[0])} → {words.loss(known[-1])}, "
    said += "then diverged." if series[-1] is None else f"lowest {words.loss(min(known))}."
    hidden = drawing.outside(shown, limits)
    return said + (f" {words.counted(hidden, 'value')} beyond the axis." if hidden else "")
