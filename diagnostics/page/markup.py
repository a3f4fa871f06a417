"""HTML that is safe by construction: a string is text, and only what `tag` made is markup."""

import html
import re
from collections.abc import Iterable

VOID = frozenset({"meta", "br"})
CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"\*([^*\s][^*]*)\*")


class Html(str):
    """Markup; every other string is escaped when it is put into a page."""

    __slots__ = ()


Child = str | None


def tag(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """An element. `class_` is the attribute class, `aria_label` is aria-label; None is left out."""
    opened = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opened if name in VOID else f"{opened}{joined(children)}</{name}>")


def joined(children: Iterable[Child]) -> Html:
    """One after the other, without anything between them."""
    return Html("".join(_escaped(child) for child in children if child is not None))


def prose(text: str, *, strong: bool = False) -> Html:
    """Sentences: what stands between backticks is code, and, where `strong`, between asterisks so.

    Names come from users and may be written from right to left: they are isolated (`bdi`).
    """
    pieces: list[Child] = []
    for number, piece in enumerate(CODE.split(" ".join(text.split()))):
        pieces.append(tag("code", piece) if number % 2 else _emphasised(piece, strong))
    return tag("bdi", *pieces)


def _emphasised(text: str, strong: bool) -> Html:
    pieces = STRONG.split(text) if strong else [text]
    return joined(tag("em", p) if number % 2 else p for number, p in enumerate(pieces))


def _escaped(child: str) -> str:
    return child if isinstance(child, Html) else html.escape(child)


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    key = name.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{html.escape(str(value))}"'
