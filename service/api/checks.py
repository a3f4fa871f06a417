"""/v1/checks: the catalogue of checks, each with its page and thresholds."""

import inspect
from dataclasses import fields
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from diagnostics.check import CHECKS
from diagnostics.parts import UnknownPart
from service.errors import NotFound
from service.views import Listing

router = APIRouter(prefix="/v1/checks", tags=["checks"])


class CheckView(BaseModel):
    """A check: what it sees, why it matters, when it is wrong, what to do, and its sources."""

    name: str
    profile: str = Field(description="The cheapest profile that runs it.")
    scope: str = Field(description="`trial`, or `shape`: judged once per recipe shape of a study.")
    summary: str
    page: str = Field(description="The check's page, in Markdown.")
    thresholds: dict[str, Any] = Field(description="Field → default; each can be set per study.")


@router.get("", summary="The catalogue of checks")
def list_checks() -> Listing[CheckView]:
    return Listing(items=[catalogued(name) for name in CHECKS.names()], next=None)


@router.get("/{name}", summary="One check")
def read(name: str) -> CheckView:
    try:
        return catalogued(name)
    except UnknownPart as error:
        raise NotFound("check", f"{name!r}: {error}") from error


def catalogued(name: str) -> CheckView:
    """A check's entry. Raises UnknownPart."""
    kind = CHECKS.load(name)
    page = inspect.getdoc(kind) or ""
    return CheckView(
        name=name,
        profile=kind.profile,
        scope=kind.scope,
        summary=page.partition("\n\n")[0].replace("\n", " "),
        page=page,
        thresholds={f.name: f.default for f in fields(kind)},
    )
