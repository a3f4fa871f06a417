"""The catalogue of checks: each check's docstring becomes its page."""

import re
from collections.abc import Iterator
from typing import Any

from diagnostics.check import CHECKS
from service.api.checks import CheckView, catalogued
from service.dashboard import words
from service.dashboard.prose import spans
from service.dashboard.views import Block, CheckPage, ChecksPage, Section

HEADINGS = ("Sees", "Why it matters", "When it is wrong", "What to do", "Sources")

# `*Sees.* text`, `**Sees**`, `## Sees` and `Sees: text` all open a section.
_HEADING = re.compile(rf"^(?:#+ +|\*{{1,2}}|)({'|'.join(HEADINGS)})(?:[.:*]+|$)\s*", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]*[-*] +", re.MULTILINE)


def checks_page() -> ChecksPage:
    """Every check that is installed, in the order of the names."""
    checks = tuple(_check(catalogued(name)) for name in CHECKS.names())
    said = f"{words.counted(len(checks), 'check')} can watch a run."
    return ChecksPage(checks, said)


def sections(docstring: str) -> tuple[Section, ...]:
    """A docstring's opening and its headed parts, as blocks of text and code."""
    parts = _HEADING.split(docstring.strip())
    opening, headed = parts[0], zip(parts[1::2], parts[2::2], strict=True)
    found = [("", opening), *headed]
    return tuple(Section(head, tuple(_blocks(text))) for head, text in found if text.strip())


def _check(view: CheckView) -> CheckPage:
    return CheckPage(
        name=view.name,
        profile=view.profile,
        scope="once per recipe shape of a study" if view.scope == "shape" else "for every trial",
        sections=sections(view.page),
        thresholds=tuple((name, _threshold(value)) for name, value in view.thresholds.items()),
    )


def _threshold(value: Any) -> str:
    return words.param(value) if value != "" else words.MISSING


def _blocks(text: str) -> Iterator[Block]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        opening, *items = _ITEM.split(paragraph)
        if opening.strip():
            yield Block((spans(opening, emphasis=True),))
        if items:
            yield Block(tuple(spans(item, emphasis=True) for item in items), listed=True)
