"""How busy the workers were, over time, and what their time gave."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from diagnostics.words import rounded
from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.busy import (
    FEW,
    KINDS,
    LOST,
    REST,
    Busy,
    Clock,
    Gave,
    Row,
    busy_of,
    clock_of,
    held,
    occupied,
    rows_of,
    time_of,
    worker_of,
)
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Span, StudyScene

GAP = 0.16  # of a row's height left free above it
NAMED = 3  # trials that a step names
LONGEST = 14  # characters of a worker's name


class Timeline(StudyFigure):
    """A row per worker, as high as its slots, filled where they trained."""

    title = "What the workers' time gave"
    order = 80
    columns = 6
    needs = frozenset({"spans"})

    def draw(self, scene: StudyScene) -> Drawing:
        busy = [busy_of(span, scene.elapsed) for span in scene.spans]
        if not busy:
            return drawing.empty("A row appears for each worker that takes a trial.")
        rows = rows_of(busy)
        clock = clock_of(busy, len(rows))
        data = [t for i, row in enumerate(rows) for t in _row_traces(row, clock, i)]
        caption = _caption(busy)
        return drawing.figure(
            [*data, *_legend(busy)],
            caption=caption,
            alt=f"Slots that trained, worker by worker, over time. {caption}",
            hoverdistance=-1,  # anywhere in a row tells of its time
            xaxis=_time_axis(clock, len(rows)),
            **_row_axes(rows),
            showlegend=True,
            legend=drawing.LEGEND["legend"] | {"traceorder": "normal"},
        )


def _row_traces(row: Row, clock: Clock, place: int) -> Iterator[dict[str, Any]]:
    """Areas on top of each other, and points without a sign that tell of each step."""
    axis = _axis_name("y", place)
    for gave in KINDS:
        mine = [each for each in row.busy if each.gave is gave]
        if mine:
            yield _area(occupied(mine, clock), gave, clock) | {
                "yaxis": axis,
                "stackgroup": axis,
            }
    yield _told(row, clock) | {"yaxis": axis}


def _area(slots: Any, gave: Gave, clock: Clock) -> dict[str, Any]:
    heights = [rounded(float(number), 3) if number > 1e-6 else 0 for number in slots]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": gave.name,
        "showlegend": False,
        "x0": rounded(float(clock.edges[0]) / clock.unit, 7),
        "dx": clock.step / clock.unit,
        "y": [*heights, heights[-1]],
        "line": {"width": 0, "shape": "hv", "color": gave.colour},
        "fillcolor": gave.colour,
        "hoverinfo": "skip",
    }


def _told(row: Row, clock: Clock) -> dict[str, Any]:
    """What hovering a step says: when, which leases, which trials."""
    steps: dict[int, list[Span]] = {}
    last = len(clock.edges) - 2
    for each in row.busy:
        first, end = ((t - clock.edges[0]) / clock.step for t in (each.start, each.end))
        for step in range(min(int(first), last), min(int(end), last) + 1):
            steps.setdefault(step, []).append(each.span)
    middles = (clock.edges[:-1] + clock.edges[1:]) / 2
    shown = sorted(steps)
    return {
        "type": "scatter",
        "mode": "markers",
        "showlegend": False,
        "x": [rounded(float(middles[step]) / clock.unit, 5) for step in shown],
        "y": [row.slots / 2] * len(shown),
        "text": [_says(steps[step]) for step in shown],
        "hovertemplate": f"{_name(row.name, 40)}: %{{text}}<extra></extra>",
        "marker": {"opacity": 0, "size": 1},
    }


def _says(spans: Sequence[Span]) -> str:
    """`lease 12, trials 3, 4, 7 and 5 more`."""
    leases = sorted({span.lease for span in spans})
    numbers = sorted({span.point.number for span in spans})
    held = f"lease {leases[0]}" if len(leases) == 1 else f"{words.count(len(leases))} leases"
    listed = ", ".join(map(str, numbers[:NAMED]))
    more = len(numbers) - NAMED
    listed += f" and {words.count(more)} more" if more > 0 else ""
    return f"{held}, {'trial' if len(numbers) == 1 else 'trials'} {listed}"


def _legend(busy: Iterable[Busy]) -> Iterator[dict[str, Any]]:
    """An entry per kind of outcome that occurs."""
    found = {each.gave for each in busy}
    for gave in KINDS:
        if gave in found:
            sign = {"size": 11, "symbol": "square", "color": gave.colour}
            empty = {"x": [None], "y": [None]}
            yield {"type": "scatter", "mode": "markers", "name": gave.name, **empty, "marker": sign}


def _time_axis(clock: Clock, rows: int) -> dict[str, Any]:
    ends = float(clock.edges[0]) / clock.unit, float(clock.edges[-1]) / clock.unit
    title = f"{words.capital(clock.name)} since submission"
    return drawing.axis(title, range=ends, anchor=_axis_name("y", rows - 1))


def _row_axes(rows: Sequence[Row]) -> dict[str, Any]:
    """A y axis per row, the first on top; its only label is the worker."""
    height = 1 / len(rows)
    axes = {}
    for i, row in enumerate(rows):
        low = 1 - (i + 1) * height
        slots = f"{'<br>' if len(rows) <= FEW else ', '}{words.counted(row.slots, 'slot')}"
        axes[f"yaxis{i + 1 if i else ''}"] = drawing.axis(
            "",
            range=(0, row.slots),
            domain=(max(low, 0.0), low + height * (1 - GAP)),
            tickvals=[row.slots / 2],
            ticktext=[_name(row.name, LONGEST) + slots],
            showgrid=False,
            fixedrange=True,
        )
    return axes


def _axis_name(letter: str, place: int) -> str:
    return f"{letter}{place + 1}" if place else letter


def _name(name: str, longest: int) -> str:
    """Held together, so that letters that run from right to left stay within it."""
    shown = name if len(name) <= longest else name[: longest - 1] + "…"
    return drawing.plain(f"\u2068{shown}\u2069").replace("%{", "% {")


def _caption(busy: Sequence[Busy]) -> str:
    trained = time_of(busy)
    had = sum(held(list(its)) for _, its in groupby(sorted(busy, key=worker_of), key=worker_of))
    if had <= 0 or trained <= 0:
        return "The workers have only begun."
    said = f"Slots busy while their worker trained: {words.percent(min(trained / had, 1.0))}. "
    went = [
        f"{words.percent(share)} into {state} trials"
        for state in ("complete", "pruned", "infeasible")
        if (share := time_of(b for b in busy if b.gave.states == (state,)) / trained)
    ]
    said += f"Of that time went {', '.join(went)}. " if went else ""
    rest = any(each.gave is REST for each in busy)
    said += "Other: given back, failed or cancelled. " if rest else ""
    lost = sum(each.gave is LOST for each in busy)
    said += f"{words.counted(lost, 'attempt')} lost with a worker. " if lost else ""
    return said.strip()
