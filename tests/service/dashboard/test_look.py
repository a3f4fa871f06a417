"""LOOK.md held by tests: contrast by day and night, one text size, every event followed."""

import ast
import re
from pathlib import Path

import pytest

import service.store
from service.dashboard.assets import STATIC
from service.dashboard.figures import drawing

CSS = (STATIC / "sitter.css").read_text()
DAY, NIGHT = (
    dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
TEXT = ("ink", "quiet", "link", "pass", "note", "warning", "fatal", "skipped")
READABLE = 4.5  # WCAG 2.2, 1.4.3
VISIBLE = 3.0  # WCAG 2.2, 1.4.11: graphics


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize("ground", ["ground", "panel"])
@pytest.mark.parametrize("text", TEXT)
def test_text_is_readable(colours: dict[str, str], ground: str, text: str) -> None:
    assert contrast(colours[text], colours[ground]) >= READABLE


def test_both_pages_have_every_colour() -> None:
    assert set(DAY) == set(NIGHT)
    assert set(TEXT) < set(DAY)


def partners() -> dict[str, str]:
    """Colours of figures by day → by night, as the script swaps them."""
    script = (STATIC / "theme.js").read_text()
    return dict(re.findall(r'"(#[0-9a-f]{6})": "(#[0-9a-f]{6})"', script))


@pytest.mark.parametrize("colour", [*drawing.SERIES[:2], drawing.FATAL, drawing.QUIET, drawing.INK])
def test_lines_are_visible_by_day_and_night(colour: str) -> None:
    assert contrast(colour, DAY["ground"]) >= VISIBLE
    assert contrast(partners()[colour], NIGHT["ground"]) >= VISIBLE


def test_figures_know_the_page_by_day() -> None:
    assert DAY["fatal"] == drawing.FATAL
    assert DAY["ink"] == drawing.INK


def test_one_size_for_text_and_two_for_headings() -> None:
    assert set(re.findall(r"font-size: (\S+);", CSS)) == {"26px", "18px", "var(--text)"}
    assert set(re.findall(r"font: (\S+) /", CSS)) == {"var(--text)"}


def test_motion_and_focus_respect_the_reader() -> None:
    assert "prefers-reduced-motion: no-preference" in CSS
    assert ":focus-visible" in CSS
    assert "text-transform" not in CSS


def test_every_kind_of_event_is_followed() -> None:
    """The stream names its events, so a kind that the page does not know would be missed."""
    script = (STATIC / "live.js").read_text()
    known = set(re.findall(r'"([a-z_]+)"', script.split("];")[0]))
    assert emitted() <= known


def emitted() -> set[str]:
    """Kinds that `store` gives to `emit` and `emit_each`, and `trial_<state>` for ends."""
    kinds = set()
    for path in Path(service.store.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                kinds.add(node.value)
    names = {k for k in kinds if re.fullmatch(r"(study|trial|trials|attempt)_[a-z]+", k)}
    columns = {"study_id", "trial_id", "trial_ids", "attempt_id"}
    return (names - columns) | {"epochs", "verdict"}


def test_own_scripts_name_no_other_host() -> None:
    for path in filter(Path.is_file, STATIC.rglob("*")):
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text, path.name
        assert "innerHTML =" not in text, path.name
        assert "eval(" not in text, path.name
