"""The drawing, read back."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.step_plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, step_plot, ticks


def test_a_step_is_where_its_numbers_are() -> None:
    drawn = step_plot([0, 1, 4], [2, 4, 0], title="a < b", x="s", y="n", top=4, mark=(2, "here"))
    root = ElementTree.fromstring(drawn)
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert root.findtext("svg:title", namespaces=space) == "a < b"
    path = root.find("svg:path[@class='curve']", space)
    assert path is not None
    numbers = [float(n) for n in re.findall(r"[\d.]+", path.get("d", ""))]
    left, right, bottom, top = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM, TOP
    quarter, half = left + (right - left) / 4, (top + bottom) / 2
    wanted = [left, bottom, left, half, quarter, top, right, bottom, bottom]
    assert numbers == pytest.approx(wanted, abs=0.1)


@given(most=st.floats(1e-6, 1e9))
def test_ticks_are_round_and_few(most: float) -> None:
    found = ticks(most)
    assert found[0] == 0
    assert 2 <= len(found) <= 6
    assert found[-1] <= most * (1 + 1e-6)
    assert found[-1] > most / 2
    assert float(f"{found[1]:.0e}") == pytest.approx(found[1])
