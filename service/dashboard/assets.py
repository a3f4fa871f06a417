"""Files that pages load: our own from `static/`, and Plotly's script from the installed package.

Our own are asked for again by their ETag, so that an upgrade shows at once; Plotly's 5 MB are
kept by the browser for a year under a URL that names their version.
"""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
PLOTLY_URL = f"/assets/plotly-{version('plotly')}.min.js"
YEAR = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


def mount(app: FastAPI) -> None:
    """Serve the files of both."""
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


@router.get(PLOTLY_URL)
def plotly_script() -> FileResponse:
    return FileResponse(_plotly(), media_type="text/javascript", headers={"Cache-Control": YEAR})


def _plotly() -> Path:
    """Found without importing the package: the file is all that is needed of it."""
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
