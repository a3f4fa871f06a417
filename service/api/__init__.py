"""REST, version 1: one file per resource, each with a `router`. The folder is the list."""

import importlib
import pkgutil
from collections.abc import Iterator

from fastapi import APIRouter


def routers() -> Iterator[APIRouter]:
    """The router of every resource in this folder."""
    for module in pkgutil.iter_modules(__path__):
        router = importlib.import_module(f"{__name__}.{module.name}").router
        assert isinstance(router, APIRouter)
        yield router
