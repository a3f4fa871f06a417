"""A page as a browser without scripts gets it, and its words."""

import re
from html import unescape

from tests.service.desk import Desk

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def page(desk: Desk, path: str, status: int = 200) -> str:
    reply = desk.http.get(path, headers=BROWSER)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return reply.text


def read(html: str) -> str:
    """The page's words, without tags, in single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
