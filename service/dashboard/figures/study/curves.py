"""The learning curves of all trials in one plot: what learns, what stalls, what was pruned."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnostics.words import rounded
from service.dashboard import words
from service.dashboard.figures import drawing, shades
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Curve, StudyScene

POINTS = 2200  # of all curves of one view: what 50 kB of JSON hold
FEWEST = 8  # points of a curve, however many curves there are
ENOUGH = 5  # curves from which on a band says something
STEPS = 40  # epochs at which the band is computed
BAND = "rgba(100, 106, 114, 0.16)"
NAMED = 84  # px for the name at the end of the best curve

Read = Callable[[Curve], Sequence[float | None]]


@dataclass(frozen=True)
class View:
    """One series of every curve; `name` is what the reader switches to, `unit` brings to the axis'.

    `log`: losses are read as ratios.
    """

    name: str
    title: str
    read: Read
    unit: float = 1.0
    log: bool = True


VIEWS = (
    View("validation", "Validation loss, nat", lambda curve: curve.val_loss),
    View("training", "Training loss, nat", lambda curve: curve.train_loss),
)


class Curves(StudyFigure):
    """Up to 120 curves: the best, the newest and others spread over the rest."""

    title = "Learning curves of all trials"
    order = 55
    columns = 6
    needs = frozenset({"curves"})

    def draw(self, scene: StudyScene) -> Drawing:
        seen = [seen for view in _views(scene) if (seen := _seen(scene, view)).numbers]
        if not seen:
            return drawing.empty("Each trial's curve begins with its first epoch.")
        shown = [_option(scene, each) for each in seen]
        first = shown[0]
        figure = drawing.figure(
            [trace for i, each in enumerate(seen) for trace in _traces(scene, each, hidden=i > 0)],
            caption=first["caption"],
            alt=f"{seen[0].view.title} of each trial, epoch by epoch. {first['caption']}",
            xaxis=_epochs_axis(scene),
            yaxis=first["yaxis"],
            margin=drawing.MARGIN | {"r": NAMED},
            **drawing.LEGEND,
        )
        if len(shown) > 1:
            figure["layout"]["meta"]["switch"] = {"name": "loss", "label": "Loss", "views": shown}
        return figure


@dataclass(frozen=True)
class Run:
    """A trial's curve in the axis' unit; None where it breaks."""

    curve: Curve
    epochs: Sequence[int]
    numbers: Sequence[float | None]

    @property
    def sound(self) -> bool:
        """Whether the axis and the band are made for it: one that diverged would stretch them."""
        return self.curve.point.state != "infeasible"


@dataclass(frozen=True)
class Seen:
    """Every curve in one view, in the axis' unit; `numbers` are all that are not missing."""

    view: View
    runs: tuple[Run, ...]
    numbers: tuple[float, ...] = field(repr=False)
    limits: tuple[float, float]

    def leaving(self) -> int:
        """How many curves go beyond the axis."""
        return sum(drawing.outside(run.numbers, self.limits) > 0 for run in self.runs)


def _views(scene: StudyScene) -> tuple[View, ...]:
    """Losses; the objective where none were reported."""
    if any(v is not None for c in scene.curves for v in (*c.val_loss, *c.train_loss)):
        return VIEWS
    name, scale = words.axis_title(scene.metric), words.scale(scene.metric)
    return (View("objective", name, lambda curve: curve.value, scale, log=False),)


def _seen(scene: StudyScene, view: View) -> Seen:
    read = [(curve, view.read(curve)) for curve in scene.curves]
    found = [v * view.unit for _, values in read for v in values if v is not None]
    if any(number < 0 for number in found):  # a loss of the user's own
        view = View(view.name, view.title, view.read, view.unit, log=False)
    runs = tuple(_run(curve, values, view) for curve, values in read)
    numbers = tuple(v for run in runs for v in run.numbers if v is not None)
    sound = [v for run in runs if run.sound for v in run.numbers if v is not None]
    return Seen(view, runs, numbers, drawing.bulk(sound or numbers, log=view.log) or (1.0, 10.0))


def _run(curve: Curve, values: Sequence[float | None], view: View) -> Run:
    numbers = [
        None if v is None or (view.log and v <= 0) else rounded(v * view.unit, 4) for v in values
    ]
    return Run(curve, curve.epochs, numbers)


def _option(scene: StudyScene, seen: Seen) -> dict[str, Any]:
    """A view as the page's script switches to it."""
    name, limits = seen.view.name, seen.limits
    # A zoom of one view says nothing of the other.
    axis = drawing.axis(seen.view.title, log=seen.view.log, range=limits, uirevision=name)
    return {"name": name, "caption": _caption(scene, seen), "yaxis": axis}


def _caption(scene: StudyScene, seen: Seen) -> str:
    said = f"{shades.caption(scene)} "
    other = {"validation": "training", "training": "validation"}.get(seen.view.name)
    said += f"Point at a curve to see its {other} loss too, dashed. " if other else ""
    trained = sum(point.epochs > 0 for point in scene.points)
    drawn = len(seen.runs)
    if drawn < trained:
        said += f"{words.count(drawn)} of {words.count(trained)} trials: the best, the newest, "
        said += "and some of the rest. "
    said += "A curve for each seed; bold: the best single one. " if scene.repeats > 1 else ""
    leaving = seen.leaving()
    said += (
        ""
        if not leaving
        else "1 curve leaves the axis. "
        if leaving == 1
        else (f"{words.count(leaving)} curves leave the axis. ")
    )
    return said.strip()


def _epochs_axis(scene: StudyScene) -> dict[str, Any]:
    longest = max((curve.epochs[-1] for curve in scene.curves if curve.epochs), default=1)
    steps: dict[str, Any] = {"dtick": 1} if longest <= 10 else {}
    return drawing.axis("Epoch", range=(1 - 0.02 * longest, longest + 0.3), tickformat="d", **steps)


def _traces(scene: StudyScene, seen: Seen, *, hidden: bool) -> Iterator[dict[str, Any]]:
    """The band, those that ended early, those coloured by their objective, and the best on top."""
    best = _best(scene, seen.runs)
    for trace in (
        *_band(seen),
        *_ended_early(seen),
        *_coloured(scene, seen, best),
        *([] if best is None else [_best_line(scene, seen, best)]),
    ):
        yield trace | {"meta": seen.view.name} | ({"visible": False} if hidden else {})


def _best(scene: StudyScene, runs: Sequence[Run]) -> Run | None:
    found: Run | None = None
    for run in runs:
        point = run.curve.point
        if point.state == "complete" and point.value is not None:
            than = None if found is None else found.curve.point.value
            found = run if scene.better(point.value, than) else found
    return found


def _ended_early(seen: Seen) -> Iterator[dict[str, Any]]:
    """A trace per way to end early; without the colours that tell good from better."""
    for states, name, colour, dash in (
        (("pruned",), "pruned", drawing.QUIET, "solid"),
        (("failed", "cancelled"), "failed or cancelled", drawing.QUIET, "dash"),
        (("infeasible",), "infeasible", drawing.FATAL, "dot"),
    ):
        runs = [run for run in seen.runs if run.curve.point.state in states]
        if runs:
            faint = 0.5 if name == "pruned" else 0.7
            line = {"color": colour, "width": 1, "dash": dash}
            yield _lines(seen, runs, line) | {"name": name, "opacity": faint, "showlegend": True}


def _coloured(scene: StudyScene, seen: Seen, best: Run | None) -> Iterator[dict[str, Any]]:
    """A trace per shade of the objective, the better ones on top."""
    scale = shades.scale_of(scene)
    bins: dict[int, list[Run]] = {}
    for run in seen.runs:
        point = run.curve.point
        if run is not best and point.state in ("complete", "running", "waiting"):
            shade = 0 if scale is None or point.value is None else scale.shade(point.value)
            bins.setdefault(shade, []).append(run)
    for shade, runs in sorted(bins.items()):
        yield _lines(seen, runs, {"color": shades.SHADES[shade], "width": 1.25})


def _lines(seen: Seen, runs: Sequence[Run], line: dict[str, Any]) -> dict[str, Any]:
    """Many curves as one trace; a gap lies between two, and where a number is missing."""
    x: list[int | None] = []
    y: list[float | None] = []
    trials: list[int | None] = []
    numbers: list[int | None] = []
    for run in runs:
        places = _thinned(len(run.epochs), len(seen.runs))
        x += [*(run.epochs[i] for i in places), None]
        y += [*(run.numbers[i] for i in places), None]
        trials += [*([run.curve.point.trial] * len(places)), None]
        numbers += [*([run.curve.point.number] * len(places)), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "showlegend": False,
        "x": x,
        "y": y,
        "customdata": trials,
        "text": numbers,
        "hovertemplate": f"Trial %{{text}}, epoch %{{x}}: {_number(seen.view)}<extra></extra>",
        "line": line,
        "connectgaps": False,
    }


def _thinned(epochs: int, curves: int) -> list[int]:
    """Which of a curve's epochs are drawn: every n-th, and the last."""
    most = max(POINTS // max(curves, 1), FEWEST)
    step = -(-epochs // most)
    return sorted({*range(0, epochs, max(step, 1)), epochs - 1} - {-1})


def _number(view: View) -> str:
    return "%{y:.3~g}" if view.unit == 1 else "%{y:.1f} %"


def _best_line(scene: StudyScene, seen: Seen, best: Run) -> dict[str, Any]:
    """The best trial, bold, with its name at the end."""
    point = best.curve.point
    places = _thinned(len(best.epochs), curves=POINTS // 200)
    trace = _lines(seen, [best], {"color": drawing.INK, "width": 2.5})
    value = words.objective(scene.metric, point.value)
    best_one = "the best" if scene.repeats == 1 else "the best single seed"
    hover = f"Trial {point.number}, {best_one} ({value}), epoch %{{x}}: {_number(seen.view)}"
    return trace | {
        "mode": "lines+text",
        "name": "best",
        "x": [best.epochs[i] for i in places],
        "y": [best.numbers[i] for i in places],
        "customdata": [point.trial] * len(places),
        "text": [""] * (len(places) - 1) + [f" trial {point.number}"],
        "textposition": "middle right",
        "textfont": {"color": drawing.INK},
        "cliponaxis": False,
        "hovertemplate": f"{drawing.plain(hover)}<extra></extra>",
    }


def _band(seen: Seen) -> list[dict[str, Any]]:
    """The middle 80 % of the curves, at each epoch that enough of them have reached."""
    columns: dict[int, list[float]] = {}
    for run in filter(lambda run: run.sound, seen.runs):
        for epoch, number in zip(run.epochs, run.numbers, strict=True):
            if number is not None:
                columns.setdefault(epoch, []).append(number)
    epochs = sorted(epoch for epoch, numbers in columns.items() if len(numbers) >= ENOUGH)
    epochs = epochs[:: max(1, -(-len(epochs) // STEPS))]
    if len(epochs) < 2:
        return []
    ends = np.array([np.quantile(columns[epoch], (0.1, 0.9)) for epoch in epochs])
    outline = [*ends[:, 0], *ends[::-1, 1]]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "80 % of the curves",
            "x": [*epochs, *reversed(epochs)],
            "y": [rounded(float(number), 4) for number in outline],
            "fill": "toself",
            "fillcolor": BAND,
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
    ]
