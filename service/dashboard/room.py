"""What a room is: a file `<name>_room.py` of this folder with a `router` of pages."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

FOLDER = Path(__file__).parent
ENDING = "_room"


def router_of() -> APIRouter:
    """A router for pages: they are no part of the API's description."""
    return APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def routers() -> Iterator[APIRouter]:
    """The router of every room: the folder is the list."""
    for module in pkgutil.iter_modules([str(FOLDER)]):
        if module.name.endswith(ENDING):
            router = importlib.import_module(f"service.dashboard.{module.name}").router
            assert isinstance(router, APIRouter)
            yield router
