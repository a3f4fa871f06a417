"""Smaller replies for browsers; what workers exchange stays as it is, since it is small and hot."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

SMALLEST = 2048  # bytes of a reply that is worth it
LEVEL = 5  # of 9: a page of 300 kB in 5 ms
LEFT_ALONE = ("/v1/events", "/assets/", "/static/")  # a stream; what is compressed already
FILES = "/artifacts/"  # of tensors, which do not shrink


class Compressed:
    """ASGI middleware: gzip for what is read (GET), where the reader accepts it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._gzip = GZipMiddleware(app, minimum_size=SMALLEST, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope["type"] == "http" and scope["method"] == "GET"
        wanted = reads and not scope["path"].startswith(LEFT_ALONE) and FILES not in scope["path"]
        await (self._gzip if wanted else self.app)(scope, receive, send)
