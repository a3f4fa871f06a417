"""A service that asks for tokens, and its tokens, for tests."""

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings

FIRST = "the-first-token-of-all"  # SITTER_TOKEN
OURS = {"Sec-Fetch-Site": "same-origin"}
HTML = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}


def guarded(settings: Settings) -> FastAPI:
    """The application with SITTER_TOKEN set."""
    return create_app(Settings.model_validate(settings.model_dump() | {"token": FIRST}))


def bearer(token: str = FIRST) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def made(http: TestClient, role: str, **more: Any) -> dict[str, Any]:
    """A new token, as the API tells of it this once."""
    body = {"name": f"a {role}", "role": role, **more}
    reply = http.post("/v1/tokens", json=body, headers=bearer())
    assert reply.status_code == 201, reply.text
    return reply.json()


def sign_in(http: TestClient, token: str = FIRST, next: str = "/") -> Any:
    """The answer to the sign-in form; the client keeps the cookie."""
    form = {"token": token, "next": next}
    return http.post("/login", data=form, headers=OURS, follow_redirects=False)
