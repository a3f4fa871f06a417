"""Curves as SVG, their names as text beside them."""

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import words
from diagnostics.page.axis import Axis
from diagnostics.page.chart import HEIGHT, LINE, MOST_POINTS, UNITS, Chart, Level, Line, drawn
from tests.diagnostics.page.reading import Element, Reading, read


def chart(
    *lines: Line,
    levels: tuple[Level, ...] = (),
    band: tuple[float, float] | None = None,
    moment: tuple[float, str] | None = None,
) -> Reading:
    return read(
        drawn(
            Chart(
                title="What to see.",
                caption="What is seen.",
                x="Epoch",
                y="Loss",
                across=Axis(0.0, 10.0, whole=True),
                up=Axis(0.0, 10.0),
                lines=lines,
                write=words.loss,
                levels=levels,
                band=band,
                moment=moment,
            )
        )
    )


def curves(reading: Reading) -> list[str]:
    return [e.attributes["d"] for e in reading.all("path", "curve")]


def share(element: Element, side: str) -> float:
    """Of a place in the style, 0 to 100."""
    found = re.search(rf"{side}: ([\d.]+)%", element.attributes["style"])
    assert found is not None
    return float(found.group(1))


def test_values_lie_where_the_axes_say() -> None:
    line = Line("training", ((0.0, 10.0), (5.0, 5.0), (10.0, 0.0)), 0)
    assert curves(chart(line)) == [f"M0 0L500 500L{UNITS} {UNITS}h0"]


def test_a_missing_value_breaks_the_curve() -> None:
    line = Line("training", ((0.0, 5.0), (1.0, math.nan), (2.0, 5.0), (3.0, 5.0)), 0)
    assert curves(chart(line)) == ["M0 500M200 500L300 500h0"]


def test_nothing_finite_is_neither_drawn_nor_named() -> None:
    reading = chart(Line("training", ((0.0, math.nan),), 0))
    assert curves(reading) == [""]
    assert "training" not in reading.one("div", "names").text


def test_what_is_far_beyond_the_axis_stays_near_it() -> None:
    (path,) = curves(chart(Line("training", ((0.0, 1e90), (1.0, -1e90)), 0)))
    assert path == f"M0 -{UNITS}L100 {2 * UNITS}h0"


def test_each_point_of_few_is_told_on_hover() -> None:
    reading = chart(Line("training", ((0.0, 5.0), (1.0, 4.0), (2.0, math.nan)), 0))
    dots = [e.text for e in reading.all("path", "dot")]
    assert dots == ["training, epoch 0: 5.00", "training, epoch 1: 4.00"]
    assert reading.one("path", "curve").text == "training, now 4.00"


def test_many_points_are_thinned_and_no_spike_is_lost() -> None:
    points = [(n / 1000, 5.0 + 0.001 * (n % 7)) for n in range(10_000)]
    points[4321] = (4.321, 9.5)
    points[8765] = (8.765, 0.5)
    reading = chart(Line("training", tuple(points), 0))
    (path,) = curves(reading)
    assert path.count("L") <= MOST_POINTS
    assert "432 50L" in path
    assert "876 950L" in path
    assert not reading.all("path", "dot")


def test_a_long_gap_stays_a_gap() -> None:
    points = [(n / 1000, math.nan if 3000 <= n < 6000 else 5.0) for n in range(10_000)]
    (path,) = curves(chart(Line("training", tuple(points), 0)))
    assert path.count("M") == 2


def test_colours_lie_above_grey_and_the_first_above_all() -> None:
    point = ((1.0, 1.0),)
    lines = (Line("a", point, 0), Line("b", point), Line("c", point, 1))
    groups = [e.attributes["class"] for e in chart(*lines).all("g")]
    assert groups == ["many", "tone-1", "tone-0"]


def test_levels_band_and_moment_are_drawn_and_named() -> None:
    level, floor = Level(2.5, "log 10 = 2.303"), Level(5.0, "smallest", left=True)
    reading = chart(levels=(level, floor), band=(2.0, 4.0), moment=(7.0, "diverged"))
    assert [e.attributes["d"] for e in reading.all("path", "level")] == [
        "M0 750H1000",
        "M0 500H1000",
    ]
    assert reading.one("path", "moment").attributes["d"] == "M700 0V1000"
    band = reading.one("rect").attributes
    assert (band["y"], band["height"]) == ("600", "200")
    named = {e.text: e for e in reading.all("span", "named")}
    assert share(named["log 10 = 2.303"], "top") == 75
    assert "left: 4px" in named["smallest"].attributes["style"]
    assert share(named["diverged"], "right") == 30


def test_a_name_at_the_top_stands_below_its_line() -> None:
    (top,) = chart(levels=(Level(9.9, "log 10"),)).all("span", "named")
    assert "under" in top.attributes["class"]


@given(st.lists(st.floats(0, 10), min_size=1, max_size=10))
def test_names_never_lie_over_each_other(ends: list[float]) -> None:
    lines = [Line(f"layer {n}", ((1.0, end),), n % 6) for n, end in enumerate(ends)]
    names = [e for e in chart(*lines).all("span") if "title" in e.attributes]
    places = [share(each, "top") * HEIGHT / 100 for each in names]
    assert len(names) == len(ends)
    assert all(b - a >= LINE - 0.1 for a, b in pairwise(places))
    assert places[0] >= 0
    assert places[-1] <= HEIGHT + 0.1


def test_names_are_shortened_to_their_end_and_told_in_full() -> None:
    name = "features.denseblock1.denselayer4.conv1"
    (shown,) = [e for e in chart(Line(name, ((1.0, 1.0),), 0)).all("span") if e.text.endswith("1")]
    assert shown.text == "…elayer4.conv1"
    assert shown.attributes["title"] == name


@pytest.mark.parametrize("unnamed", [True, False])
def test_those_without_a_name_have_none(unnamed: bool) -> None:
    reading = chart(Line("lr", ((1.0, 1.0),), 0, unnamed=unnamed))
    assert ("lr" in reading.one("div", "names").text) is not unnamed
    assert reading.one("svg").attributes["aria-label"] == "What to see. What is seen."
