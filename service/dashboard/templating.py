"""A typed view and a template make a page. Everything is escaped; a missing field is an error."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.dashboard import assets
from service.dashboard.prose import spans

FOLDER = Path(__file__).parent / "templates"

_environment = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["spans"] = spans
_environment.globals.update(
    plotly=assets.PLOTLY_URL, modules=assets.MODULES, static=assets.STATIC_URL
)


def page(template: str, view: Any, status: int = 200) -> HTMLResponse:
    """The page that `template` makes of `view`, which it knows as `page`."""
    html = _environment.get_template(template).render(page=view)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-cache"})
