"""Sentences and docstrings as spans, sections and lists."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dashboard.docstring import sections
from service.dashboard.prose import spans
from service.dashboard.views import Span

DOCSTRING = """Looks at one thing.

    *Sees*
        The loss of `fc1`, and **nothing**
        else.

    **Why it matters.** It is cheap:
    - first
    - second, 2 * 3

    ## Sources
    A paper.
"""


def test_code_stands_apart() -> None:
    assert spans("Layer `fc1` is *dead*.") == (
        Span("Layer "),
        Span("fc1", code=True),
        Span(" is *dead*."),
    )


def test_emphasis_counts_where_asked() -> None:
    assert spans("is *dead*", emphasis=True) == (Span("is "), Span("dead", strong=True))


@given(st.text())
def test_no_word_is_lost(text: str) -> None:
    shown = "".join(span.text for span in spans(text)).split()
    assert "".join(shown).replace("`", "") == "".join(text.split()).replace("`", "")


def test_a_docstring_becomes_sections() -> None:
    opening, sees, why, sources = sections(inspect.cleandoc(DOCSTRING))
    assert opening.heading == ""
    assert sees.heading == "Sees"
    assert [s.text for s in sees.blocks[0].items[0]] == [
        "The loss of ",
        "fc1",
        ", and ",
        "nothing",
        " else.",
    ]
    text, items = why.blocks
    assert text.items[0][0].text == "It is cheap:"
    assert items.listed
    assert [item[0].text for item in items.items] == ["first", "second, 2 * 3"]
    assert sources.blocks[0].items[0] == (Span("A paper."),)


@pytest.mark.parametrize("docstring", ["", "   ", "*Sees*"])
def test_short_docstrings(docstring: str) -> None:
    assert sections(docstring) == ()
