"""Text is text, and only what was made as markup is markup."""

from hypothesis import given
from hypothesis import strategies as st

from diagnostics.page.markup import Html, prose, tag
from tests.diagnostics.page.reading import read


@given(st.text(st.characters(exclude_characters="\r\x00")))
def test_text_comes_out_as_it_went_in(text: str) -> None:
    reading = read(tag("p", text, title=text))
    assert reading.one("p").text == text
    assert reading.one("p").attributes["title"] == text


def test_markup_is_not_escaped_twice() -> None:
    assert tag("p", tag("b", "<"), Html("<br>")) == "<p><b>&lt;</b><br></p>"


def test_attributes() -> None:
    made = tag("a", class_="x", aria_label="y", open=True, hidden=False, title=None, width=2)
    assert made == '<a class="x" aria-label="y" open width="2"></a>'
    assert tag("meta", name="viewport") == '<meta name="viewport">'


def test_code_and_emphasis() -> None:
    assert prose("Layer `<fc>` is\n slow.") == "<bdi>Layer <code>&lt;fc&gt;</code> is slow.</bdi>"
    assert prose("a *b* c") == "<bdi>a *b* c</bdi>"
    assert prose("a *b c* d", strong=True) == "<bdi>a <em>b c</em> d</bdi>"
    assert prose("`one") == "<bdi>`one</bdi>"
