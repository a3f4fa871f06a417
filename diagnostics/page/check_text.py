"""The page of a check, which is its docstring: what it sees, and when it is wrong."""

import inspect
import re

from diagnostics.check import CHECKS
from diagnostics.page.markup import Html, prose, tag
from diagnostics.parts import UnknownPart

HEADING = re.compile(r"^\*([A-Z][^*\n]*)\*[ \t]*$", re.MULTILINE)
DOUBT = "When it is wrong"


def sections(check: str) -> list[tuple[str, str]]:
    """(heading, text) in order, the opening under an empty heading; none of an unknown check."""
    try:
        page = inspect.getdoc(CHECKS.load(check)) or ""
    except UnknownPart:
        return []
    opening, *parts = HEADING.split(page)
    headed = zip(parts[::2], parts[1::2], strict=True)
    found = [("", opening), *headed]
    return [(heading, text.strip()) for heading, text in found if text.strip()]


def doubt(check: str) -> str:
    """What would prove its verdict wrong; empty where the check says nothing of it."""
    return dict(sections(check)).get(DOUBT, "")


def folded(check: str) -> Html | None:
    """The page, one click away; None where there is none."""
    parts = sections(check)
    if not parts:
        return None
    return tag(
        "details",
        tag("summary", "About this check"),
        *(each for heading, text in parts for each in _section(heading, text)),
    )


def _section(heading: str, text: str) -> list[Html]:
    title = [tag("h4", heading)] if heading else []
    paragraphs = re.split(r"\n\s*\n", text)
    return [*title, *(tag("p", prose(each, strong=True)) for each in paragraphs)]
