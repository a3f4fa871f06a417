"""The dashboard: server-rendered pages over the same rows that the API shows.

Pages ask `store` for rows, turn them into the typed views of `views.py`, and templates see nothing
else. Figures are Plotly JSON, one file each under `figures/`. The scripts in `static/` draw them,
swap in what changed, and ask the API for a repair.
"""

from fastapi import FastAPI

from service.dashboard import assets, misses, pages


def install(app: FastAPI) -> None:
    """Mount the pages with their files, and let a browser's errors be pages too."""
    app.include_router(pages.router)
    assets.mount(app)
    misses.install(app)


__all__ = ["install"]
