"""The dashboard: server-rendered pages over the same rows that the API shows.

A page is a room (`*_room.py`): it asks `store` for rows, turns them into the typed views of
`views.py`, and templates see nothing else. Figures are Plotly JSON, one file each under
`figures/`. The scripts in `static/` draw them, swap in what changed, and ask the API for a repair.
"""

from fastapi import FastAPI

from service.dashboard import assets, misses, room


def install(app: FastAPI) -> None:
    """Mount the pages with their files, and let a browser's errors be pages too."""
    for router in room.routers():
        app.include_router(router)
    app.include_router(assets.router)
    misses.install(app)


__all__ = ["install"]
