"""A check's docstring as its page."""

import pytest

from diagnostics.check import CHECKS
from diagnostics.page.check_text import doubt, folded, sections
from tests.diagnostics.page.reading import read

HEADINGS = ["Sees", "Why it matters", "When it is wrong", "What to do", "Sources"]


@pytest.mark.parametrize("check", CHECKS.names())
def test_every_check_has_its_page(check: str) -> None:
    found = sections(check)
    assert [heading for heading, _ in found] == ["", *HEADINGS]
    assert all(text for _, text in found)
    assert doubt(check) == dict(found)["When it is wrong"]
    page = folded(check)
    assert page is not None
    assert [e.text for e in read(page).all("h4")] == HEADINGS


def test_an_unknown_check_has_none() -> None:
    assert sections("of_a_newer_release") == []
    assert doubt("of_a_newer_release") == ""
    assert folded("of_a_newer_release") is None
