"""Sentences with `code` and *emphasis* in them, as spans that a template can show."""

import re

from service.dashboard.views import Span

_SPAN = re.compile(r"``?([^`]+)``?|\*\*?([^*\s][^*]*)\*\*?")
_CODE = re.compile(r"``?([^`]+)``?()")


def spans(text: str, *, emphasis: bool = False) -> tuple[Span, ...]:
    """The text in order: what stands between backticks is code, and, where `emphasis` counts,
    what stands between asterisks is strong. Line breaks become spaces.
    """
    flat = " ".join(text.split())
    found, end = [], 0
    for match in (_SPAN if emphasis else _CODE).finditer(flat):
        if match.start() > end:
            found.append(Span(flat[end : match.start()]))
        code, strong = match.groups()
        found.append(Span(code, code=True) if code else Span(strong, strong=True))
        end = match.end()
    if end < len(flat):
        found.append(Span(flat[end:]))
    return tuple(found)
