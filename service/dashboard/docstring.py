"""A check's docstring as the sections of its page."""

import re
from collections.abc import Iterator

from service.dashboard.prose import spans
from service.dashboard.views import Block, Section

HEADINGS = ("Sees", "Why it matters", "When it is wrong", "What to do", "Sources")

# `*Sees.* text`, `**Sees**`, `## Sees` and `Sees: text` all open a section.
_HEADING = re.compile(rf"^(?:#+ +|\*{{1,2}}|)({'|'.join(HEADINGS)})(?:[.:*]+|$)\s*", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]*[-*] +", re.MULTILINE)


def sections(docstring: str) -> tuple[Section, ...]:
    """A docstring's opening and its headed parts, as blocks of text and code."""
    parts = _HEADING.split(docstring.strip())
    opening, headed = parts[0], zip(parts[1::2], parts[2::2], strict=True)
    found = [("", opening), *headed]
    return tuple(Section(head, tuple(_blocks(text))) for head, text in found if text.strip())


def _blocks(text: str) -> Iterator[Block]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        opening, *items = _ITEM.split(paragraph)
        if opening.strip():
            yield Block((spans(opening, emphasis=True),))
        if items:
            yield Block(tuple(spans(item, emphasis=True) for item in items), listed=True)
