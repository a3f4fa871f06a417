"""The pieces that figures are put together from, so that all of them look alike.

Colours are those of the light page; the page's script swaps them for their partners in the dark.
"""

import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

from service.dashboard.figures.figure import Drawing

# Okabe and Ito, *Color Universal Design* (2008), without black and the yellow that white swallows.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
FATAL = "#b3261e"
WARNING = "#7d5200"
QUIET = "#646a72"
INK = "#1c1e21"
GROUND = "#fbfbfa"
BAND = "rgba(0, 158, 115, 0.12)"

MARGIN = {"l": 16, "r": 16, "t": 16, "b": 16}  # px; axes take what their labels need beside it
NAMED = {**MARGIN, "r": 84}  # room for names at the ends of lines
LEGEND: dict[str, Any] = {
    "showlegend": True,
    "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "itemclick": False},
}

DECADES_A_TICK = 0.75  # Plotly labels 2 and 5 between decades below 0.7

FEW = 6  # lines that are named at their end; more are named on hover
SHARE = 0.09  # of the plot's height between two names at line ends
OUTLIER = 4.0  # spreads beyond the bulk, after which a value does not stretch the axis
EPSILON = 1e-3  # of an axis: a hair
HEAD = 0.06  # of an axis left free at either end


def figure(
    data: Sequence[dict[str, Any]], *, caption: str, alt: str = "", **layout: Any
) -> Drawing:
    """A drawing; `caption` is its sentence and, with `alt`, what a screen reader hears."""
    meta = {"caption": caption, "alt": alt or caption}
    return {"data": list(data), "layout": {**_layout(), **layout, "meta": meta}}


def empty(sentence: str) -> Drawing:
    """A drawing with nothing in it yet; the sentence says what will come."""
    return {"data": [], "layout": {**_layout(), "meta": {"empty": sentence, "caption": ""}}}


def axis(title: str, *, log: bool = False, **given: Any) -> dict[str, Any]:
    """An axis with its unit in the title. `range` is in the data's unit, also where it is log."""
    limits = given.pop("range", None)
    if limits is not None:
        ends = [math.log10(v) for v in limits] if log else list(limits)
        given["range"] = ends
        if log:  # so few ticks that Plotly labels whole decades only, where there are some
            given["nticks"] = max(3, int((ends[1] - ends[0]) / DECADES_A_TICK))
    scale = {"type": "log" if log else "linear", "exponentformat": "e"}
    return {
        "title": {"text": plain(title)},
        "automargin": True,
        "zeroline": False,
        **scale,
        **given,
    }


def line(
    name: str, x: Sequence[float], y: Sequence[float | None], colour: str, text: Sequence[str]
) -> dict[str, Any]:
    """A curve; a missing value breaks it. `text` is what hovering each point says."""
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(x) < 40 else "lines",
        "name": plain(name),
        "x": list(x),
        "y": list(y),
        "text": [plain(t) for t in text],
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": colour, "width": 2},
        "marker": {"color": colour, "size": 5},
        "connectgaps": False,
    }


def named_level(
    value: float, name: str, *, log: bool = False, right: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A horizontal reference line and its name at one of its ends: (shape, annotation)."""
    shape = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": QUIET, "width": 1, "dash": "dash"},
    }
    text = {
        "xref": "paper",
        "x": int(right),
        "xanchor": "right" if right else "left",
        "y": math.log10(value) if log else value,
        "yanchor": "bottom",
        "text": plain(name),
        "showarrow": False,
        "font": {"color": QUIET},
    }
    return shape, text


def named_moment(x: float, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A vertical line where something bad happened, and its name: (shape, annotation)."""
    line = {"color": FATAL, "width": 2, "dash": "dot"}
    shape = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": x, "x1": x, "line": line}
    text = {"yref": "paper", "y": 0.5, "x": x, "xanchor": "right", "xshift": -4}
    return shape, {
        **text,
        "text": plain(name),
        "showarrow": False,
        "font": {"color": FATAL},
    }


def end_names(
    ends: Iterable[tuple[str, float | None, str]], limits: tuple[float, float], *, log: bool
) -> list[dict[str, Any]]:
    """Names beside the last value of each curve (name, value, colour), none over another."""
    low, high = (math.log10(v) for v in limits) if log else limits
    step = SHARE * (high - low)
    wanted = [
        (math.log10(value) if log else value, name, colour)
        for name, value, colour in ends
        if value is not None and (not log or value > 0)
    ]
    placed: list[dict[str, Any]] = []
    floor = -math.inf
    room = high - EPSILON * (high - low)  # Plotly drops a name that lies beyond by a rounding
    for i, (place, name, colour) in enumerate(sorted(wanted)):
        highest = room - step * (len(wanted) - 1 - i)
        floor = max(min(max(place, low), highest), floor + step)
        placed.append(_name(name, floor, colour))
    return placed


def bulk(values: Iterable[float | None], *, log: bool = False) -> tuple[float, float] | None:
    """Axis limits that hold the bulk of the values; single outliers do not stretch them.

    The bulk lies within `OUTLIER` times the spread between the 10th and 90th percentile of it.
    None where there is no value to show.
    """
    usable = sorted(_scaled(v, log) for v in values if v is not None and (not log or v > 0))
    if not usable:
        return None
    tenth, ninetieth = usable[len(usable) // 10], usable[(9 * len(usable) - 1) // 10]
    reach = OUTLIER * (ninetieth - tenth)
    if reach > 0:
        usable = [v for v in usable if tenth - reach <= v <= ninetieth + reach]
    low, high = usable[0], usable[-1]
    margin = max(HEAD * (high - low), HEAD if log else 0.0) or HEAD * abs(high) or 1.0
    low, high = low - margin, high + margin
    return (10**low, 10**high) if log else (low, high)


def wide(values: Sequence[float], span: float) -> bool:
    """Whether all are positive and differ by so much that a log axis reads better."""
    return len(values) > 0 and min(values) > 0 and max(values) / min(values) >= span


def worst_edge(limits: tuple[float, float], *, maximize: bool) -> float:
    """Where trials without a value stand: just inside the worse end of an axis."""
    low, high = limits
    air = HEAD / 2 * (high - low)
    return low + air if maximize else high - air


def outside(values: Iterable[float | None], limits: tuple[float, float]) -> int:
    """How many values an axis with these limits does not show."""
    return sum(v is not None and not limits[0] <= v <= limits[1] for v in values)


def plain(text: str) -> str:
    """Text that Plotly, which knows some HTML, shows as it is."""
    return html.escape(text, quote=False)


def _layout() -> dict[str, Any]:
    return {
        "autosize": True,
        "showlegend": False,
        "uirevision": "keep",  # a redraw keeps the reader's zoom
        "hovermode": "closest",
        "margin": MARGIN,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _scaled(value: float, log: bool) -> float:
    return math.log10(value) if log else value


def _name(name: str, place: float, colour: str) -> dict[str, Any]:
    shown = name if len(name) <= 18 else name[:17] + "…"
    return {
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 6,
        "y": place,
        "yanchor": "middle",
        "text": plain(shown),
        "showarrow": False,
        "align": "left",
        "font": {"color": colour},
    }
