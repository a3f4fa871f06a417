"""A chart without scripts: curves are SVG that stretches, its words HTML that does not.

So a chart fills any width, from a phone to a wide screen, with letters of the page's size.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from diagnostics.page.axis import Axis
from diagnostics.page.markup import Html, tag

UNITS = 1000  # of the plot's own coordinates, either way
HEIGHT = 240  # px of the plot
LINE = 22  # px between two names
DOTTED = 40  # points up to which each is marked, and told on hover
MOST_POINTS = 400  # that a curve is drawn from
LONGEST = 14  # letters of a name beside a curve
LETTER = 0.9  # width of a letter, as a share of a figure's

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A curve; nan breaks it. `tone` is its colour, 0 … 5, None for one of many that stay grey.

    `name` stands at its end unless `unnamed`, and is told on hover in any case.
    """

    name: str
    points: tuple[Point, ...]
    tone: int | None = None
    unnamed: bool = False

    @property
    def last(self) -> Point | None:
        """The last point that is finite."""
        return next((p for p in reversed(self.points) if math.isfinite(p[1])), None)


@dataclass(frozen=True)
class Level:
    """A named line across: what the curves are to be compared with.

    Its name stands at the right above it, or at the `left` below it, where no curve is yet.
    """

    value: float
    name: str
    left: bool = False


@dataclass(frozen=True)
class Chart:
    """`title` says what to see, `caption` what is seen. `write` words a value of the curves.

    `band` is the range that is fine; at `moment`, an x with its name, something went wrong.
    """

    title: str
    caption: str
    x: str
    y: str
    across: Axis
    up: Axis
    lines: tuple[Line, ...]
    write: Callable[[float], str]
    levels: tuple[Level, ...] = ()
    band: tuple[float, float] | None = None
    moment: tuple[float, str] | None = None


def drawn(chart: Chart) -> Html:
    """The figure."""
    names = _names(chart)
    widest = max((len(shortened(line.name)) for line, _ in names), default=0)
    scale = max((len(text) for _, text in chart.up.ticks()), default=1)
    room = f"{round(LETTER * widest) + 3}ch" if names else "1ch"
    columns = f"grid-template-columns: {scale + 1}ch minmax(0, 1fr) {room}"
    return tag(
        "figure",
        tag("h3", chart.title),
        tag("figcaption", chart.caption, class_="quiet"),
        tag(
            "div",
            tag("div", chart.y, class_="unit quiet"),
            tag("div", *_up_ticks(chart.up), class_="ups quiet"),
            tag("div", _plot(chart), *_words_inside(chart), class_="area"),
            tag("div", *(_name(line, place) for line, place in names), class_="names"),
            tag("div", *_across_ticks(chart.across), class_="acrosses quiet"),
            tag("div", chart.x, class_="below quiet"),
            class_="chart",
            style=columns,
        ),
        class_="panel",
    )


def shortened(name: str) -> str:
    """Of a long path its end, which tells layers apart."""
    return name if len(name) <= LONGEST else f"…{name[1 - LONGEST :]}"


def _plot(chart: Chart) -> Html:
    return tag(
        "svg",
        *_grid(chart),
        *(_curve(chart, line) for line in _quiet_first(chart.lines)),
        viewBox=f"0 0 {UNITS} {UNITS}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{chart.title} {chart.caption}",
    )


def _grid(chart: Chart) -> Iterable[Html]:
    if chart.band is not None:
        low, high = (_down(chart.up, value) for value in chart.band)
        yield tag("rect", x=0, y=high, width=UNITS, height=low - high, class_="band")
    for value, _ in chart.up.ticks():
        yield tag("path", d=f"M0 {_down(chart.up, value)}H{UNITS}", class_="grid")
    for level in chart.levels:
        yield tag("path", d=f"M0 {_down(chart.up, level.value)}H{UNITS}", class_="level")
    if chart.moment is not None:
        yield tag("path", d=f"M{_right(chart.across, chart.moment[0])} 0V{UNITS}", class_="moment")


def _quiet_first(lines: Sequence[Line]) -> list[Line]:
    """Those in colour lie above the grey ones, and the first above the others."""

    def rank(line: Line) -> float:
        return -math.inf if line.tone is None else -line.tone

    return sorted(lines, key=rank)


def _curve(chart: Chart, line: Line) -> Html:
    kind = "many" if line.tone is None else f"tone-{line.tone}"
    said = line.name if line.last is None else f"{line.name}, now {chart.write(line.last[1])}"
    path = tag("path", tag("title", said), d=_path(chart, line.points), class_="curve")
    many = len(line.points) > DOTTED or line.tone is None
    dots = () if many else (_dot(chart, line, p) for p in line.points if math.isfinite(p[1]))
    return tag("g", path, *dots, class_=kind)


def _path(chart: Chart, points: Sequence[Point]) -> str:
    """Moves where a value is missing before, else lines; a single point is a dot."""
    pieces, pen = [], "M"
    for x, y in _thinned(points):
        if math.isfinite(y):
            pieces.append(f"{pen}{_right(chart.across, x)} {_down(chart.up, y)}")
            pen = "L"
        else:
            pen = "M"
    return "".join(pieces) + ("h0" if pieces else "")


def _dot(chart: Chart, line: Line, point: Point) -> Html:
    x, y = point
    said = f"{line.name}, {chart.x.lower()} {x:g}: {chart.write(y)}"
    place = f"M{_right(chart.across, x)} {_down(chart.up, y)}h0"
    return tag("path", tag("title", said), d=place, class_="dot")


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """Of many points the lowest and the highest of each stretch, so that no spike is lost."""
    if len(points) <= MOST_POINTS:
        return points
    width = -(-2 * len(points) // MOST_POINTS)
    kept: list[Point] = []
    for start in range(0, len(points), width):
        stretch = points[start : start + width]
        finite = [p for p in stretch if math.isfinite(p[1])]
        ends = {min(finite, key=lambda p: p[1]), max(finite, key=lambda p: p[1])} if finite else ()
        kept += sorted(ends) if ends else stretch[:1]
    return kept


def _up_ticks(axis: Axis) -> Iterable[Html]:
    for value, text in axis.ticks():
        yield tag("span", text, style=f"top: {_percent(1 - axis.place(value))}")


def _across_ticks(axis: Axis) -> Iterable[Html]:
    for value, text in axis.ticks():
        yield tag("span", text, style=f"left: {_percent(axis.place(value))}")


def _words_inside(chart: Chart) -> Iterable[Html]:
    for level in chart.levels:
        place = 1 - chart.up.place(level.value)
        room = LINE / HEIGHT
        row = "under" if place < room or (level.left and place < 1 - room) else "over"
        side = "left: 4px; right: auto" if level.left else "right: 4px"
        where = f"top: {_percent(place)}; {side}"
        yield tag("span", level.name, class_=f"named {row}", style=where)
    if chart.moment is not None:
        x, name = chart.moment
        place = chart.across.place(x)
        edge = f"right: {_percent(1 - place)}" if place > 0.5 else f"left: {_percent(place)}"
        yield tag("span", name, class_="named fatal", style=f"{edge}; top: 40%")


def _names(chart: Chart) -> list[tuple[Line, float]]:
    """Each name's place from the top, 0 to 1, none over another; as many as there is room for."""
    ends = [
        (1 - _clamped(chart.up.place(line.last[1])), line)
        for line in chart.lines
        if line.last is not None and not line.unnamed
    ]
    ends = sorted(ends[: HEIGHT // LINE], key=lambda pair: pair[0])
    step, ceiling, found = LINE / HEIGHT, -math.inf, []
    for number, (wanted, line) in enumerate(ends):
        lowest = 1 - step * (len(ends) - 1 - number)
        ceiling = max(min(wanted, lowest), ceiling + step)
        found.append((line, ceiling))
    return found


def _name(line: Line, place: float) -> Html:
    kind = "many" if line.tone is None else f"tone-{line.tone}"
    text = tag("bdi", shortened(line.name))
    return tag(
        "span", tag("i", class_=kind), text, title=line.name, style=f"top: {_percent(place)}"
    )


def _right(axis: Axis, value: float) -> int:
    return round(UNITS * axis.place(value))


def _down(axis: Axis, value: float) -> int:
    """From the top; what lies far beyond the axis is drawn just outside of it."""
    return round(UNITS * (1 - min(max(axis.place(value), -1.0), 2.0)))


def _clamped(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
