"""LOOK.md held by tests: contrast by day and night, one text size."""

import re

import pytest

from diagnostics.page.style import STYLE


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


DAY, NIGHT = (
    dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
)


@pytest.mark.parametrize("colours", [DAY, NIGHT], ids=["day", "night"])
def test_text_is_readable_and_curves_are_visible(colours: dict[str, str]) -> None:
    assert set(DAY) == set(NIGHT)
    for text in ("ink", "quiet", "link", "pass", "note", "warning", "fatal", "skipped"):
        assert contrast(colours[text], colours["ground"]) >= 4.5, text
        assert contrast(colours[text], colours["panel"]) >= 4.5, text
    for tone in range(6):
        assert contrast(colours[f"tone-{tone}"], colours["ground"]) >= 3, tone
        assert contrast(colours[f"tone-{tone}"], colours["band"]) >= 3, tone


def test_one_size_for_text_and_two_for_headings() -> None:
    assert set(re.findall(r"font-size: (\S+);", STYLE)) == {"26px", "18px", "15px"}
    assert set(re.findall(r"font: (\S+) /", STYLE)) == {"15px"}
    assert "text-transform" not in STYLE
    assert ":focus-visible" in STYLE
