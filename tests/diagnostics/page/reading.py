"""Reads a page as a browser does: elements, their attributes and the text within."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = ("meta", "br", "!doctype")


@dataclass
class Element:
    """`text` is all of it, of the elements within too."""

    name: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Reading(HTMLParser):
    """`elements` in the order they open; raises AssertionError where one is not closed in turn."""

    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop().name == tag, f"</{tag}> closes another"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, name: str, kind: str | None = None) -> list[Element]:
        """The elements of that name and, if given, with that class."""
        found = [e for e in self.elements if e.name == name]
        return [e for e in found if kind is None or kind in e.attributes.get("class", "").split()]

    def one(self, name: str, kind: str | None = None) -> Element:
        """The only one."""
        (found,) = self.all(name, kind)
        return found


def read(page: str) -> Reading:
    """The whole page, closed properly."""
    reading = Reading()
    reading.feed(page)
    reading.close()
    assert not reading._open, f"not closed: {[e.name for e in reading._open]}"
    return reading
