"""Files that pages load: our own from `static/`, and Plotly's script from the installed package.

Browsers keep them for a year, as their URLs change with them: Plotly's names its version, ours a
digest of all of them. What one of our modules imports lies beside it, so under the same digest.
They are read and packed once: a page asks for some twenty before it can draw.
"""

import gzip
import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import brotli
from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.errors import NotFound

STATIC = Path(__file__).parent / "static"
PLOTLY_URL = f"/assets/plotly-{version('plotly')}-1.js"  # count up where `hastened` changes
# What page.js imports before it asks for a figure; named in the page, they come all at once.
MODULES = tuple(
    f"{name}.js"
    for name in (
        "figures",
        "live",
        "regions",
        "theme",
        "highlight",
        "zoom",
        "save",
        "switch",
        "outline",
        "state",
    )
)
YEAR = "public, max-age=31536000, immutable"
# What holds all of Plotly's script, and how it should begin.
WRAPPED = b': this, () => {\n"use strict";var Plotly=(()=>{'
HASTENED = b': this, (function() {\n"use strict";var Plotly=(function(){'
CLOSED = b"}));"
# Named here: what Python guesses depends on the machine, and a module of another kind is refused.
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
QUALITY = 9  # Brotli's, of 11: 0.6 s for 4.8 MB, where 11 takes 10 s for a tenth less
# Content encodings (RFC 9110), the best first: browsers offer Brotli to https and this machine.
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda script: bytes(brotli.compress(script, quality=QUALITY)),
    "gzip": lambda script: gzip.compress(script, mtime=0),
}

_packing = threading.Lock()

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    """A file as it is sent; `packed` is its gzip."""

    body: bytes
    packed: bytes
    kind: str


def _read(file: Path) -> Asset:
    body = file.read_bytes()
    return Asset(body, gzip.compress(body, mtime=0), KINDS[file.suffix])


def _digest(assets: Mapping[str, Asset]) -> str:
    every = hashlib.sha256()
    for name, asset in sorted(assets.items()):
        every.update(f"{name} {len(asset.body)} ".encode() + asset.body)
    return every.hexdigest()[:16]


OWN = {
    file.relative_to(STATIC).as_posix(): _read(file)
    for file in sorted(STATIC.rglob("*"))
    if file.is_file()
}
DIGEST = _digest(OWN)
STATIC_URL = f"/static/{DIGEST}"


@router.get("/static/{digest}/{path:path}")
async def own(request: Request, digest: str, path: str) -> Response:
    asset = OWN.get(path)
    if asset is None:
        raise NotFound("file", path)
    # A page from before an upgrade gets the new file, which it should not keep under the old name.
    headers = {"Cache-Control": YEAR if digest == DIGEST else "no-cache", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.body, media_type=asset.kind, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.packed, media_type=asset.kind, headers=headers)


@router.get(PLOTLY_URL)
def plotly_script(request: Request) -> Response:
    headers = {"Cache-Control": YEAR, "Vary": "Accept-Encoding"}
    offered = request.headers.get("accept-encoding", "")
    how = next((how for how in PACKED if how in offered), None)
    if how is None:
        return Response(_script(), media_type="text/javascript", headers=headers)
    headers["Content-Encoding"] = how
    return Response(packed(how), media_type="text/javascript", headers=headers)


def packed(how: str) -> bytes:
    """Plotly's script in one of `PACKED`, made once by the first who asks."""
    with _packing:
        return _packed(how)


@cache
def _packed(how: str) -> bytes:
    return PACKED[how](_script())


def _script() -> bytes:
    return hastened(plotly_file().read_bytes())


def hastened(script: bytes) -> bytes:
    """The script with its two functions that hold everything in parentheses; any other as it is.

    A function in parentheses is likely called at once: V8 then compiles it while the script still
    arrives, on another thread, and not once more when it runs.
    """
    if script.count(WRAPPED) != 1 or not script.endswith(CLOSED):
        return script
    return script.replace(WRAPPED, HASTENED).removesuffix(CLOSED) + b"})));"


def plotly_file() -> Path:
    """Found without importing the package: the file is all that is needed of it."""
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
