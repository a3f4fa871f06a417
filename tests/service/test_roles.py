"""What each role may do, over every route there is."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.errors import Forbidden
from service.roles import needed, refuse
from service.settings import Settings
from service.tables import ROLES
from tests.service.doors import OURS, bearer, guarded, made

# Every route there is, by the least role that may use it; an admin may use all of them.
ROUTES: dict[str, str] = {
    "open": """
        GET /healthz  GET /readyz
        GET /login  POST /login  POST /logout
        GET /assets/{plotly}
        GET /static/{digest}/{path:path}
    """,
    "viewer": """
        GET /openapi.json  HEAD /openapi.json
        GET /  GET /access  GET /checks  GET /checks/{name}  GET /compare  GET /fleet  GET /new
        GET /studies/{study_id}  GET /trials/{trial_id}  GET /trials/{trial_id}/recipe.yaml
        GET /v1/checks  GET /v1/checks/{name}
        GET /v1/compare/figures/{name}
        POST /v1/drafts
        GET /v1/events
        GET /v1/studies  GET /v1/studies/schema  GET /v1/studies/{study_id}
        GET /v1/studies/{study_id}/best
        GET /v1/studies/{study_id}/decisions
        GET /v1/studies/{study_id}/export
        GET /v1/studies/{study_id}/figures/{name}
        GET /v1/studies/{study_id}/importance
        GET /v1/studies/{study_id}/leases
        GET /v1/studies/{study_id}/trials
        GET /v1/trials/{trial_id}
        GET /v1/trials/{trial_id}/artifacts  GET /v1/trials/{trial_id}/artifacts/{name}
        GET /v1/trials/{trial_id}/epochs
        GET /v1/trials/{trial_id}/figures/{name}
        GET /v1/trials/{trial_id}/logs
        GET /v1/trials/{trial_id}/signals
        GET /v1/trials/{trial_id}/verdicts
        GET /v1/verdicts
        GET /v1/workers
    """,
    "submitter": """
        POST /v1/studies  PATCH /v1/studies/{study_id}  DELETE /v1/studies/{study_id}
        POST /v1/studies/{study_id}/trials
        POST /v1/trials/{trial_id}/cancel
        POST /v1/trials/{trial_id}/rejudge
        POST /v1/trials/{trial_id}/repair
        POST /v1/trials/{trial_id}/retry
    """,
    "worker": """
        POST /v1/claims
        DELETE /v1/leases/{lease_id}
        POST /v1/leases/{lease_id}/finish
        POST /v1/leases/{lease_id}/reports
        PUT /v1/leases/{lease_id}/artifacts
        PUT /v1/leases/{lease_id}/trials/{trial_id}/artifacts/{name}
    """,
    "admin": """
        GET /v1/tokens  POST /v1/tokens  DELETE /v1/tokens/{token_id}
        GET /v1/webhooks  POST /v1/webhooks
        POST /v1/webhooks/{webhook_id}/test  DELETE /v1/webhooks/{webhook_id}
    """,
}
Route = tuple[str, str]  # method and path
LEAST: dict[Route, str] = {
    (method, path): role
    for role, listed in ROUTES.items()
    for method, path in zip(listed.split()[::2], listed.split()[1::2], strict=True)
}
ASKED = {route: role for route, role in LEAST.items() if role != "open"}


def walked(routes: Iterable[Any]) -> Iterator[Route]:
    """Method and path of every route of the application, pages and files too."""
    for route in routes:
        if (inner := getattr(route, "original_router", None)) is not None:  # included as a whole
            yield from walked(inner.routes)
        else:
            path = re.sub(r"^/assets/plotly.*", "/assets/{plotly}", route.path)
            yield from ((method, path) for method in route.methods)


def filled(path: str) -> str:
    """The path of a first row."""
    named = path.replace("{name}", "loss").replace("{path:path}", "sitter.css")
    return named.format_map(OneForAll())


class OneForAll(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "1"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here is a matter of SQL."""
    return sqlite_url


def test_every_route_has_an_expected_role_here(settings: Settings) -> None:
    """A new route belongs into ROUTES above, beside those that may use it."""
    assert set(walked(create_app(settings).routes)) == set(LEAST)


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_each_request_has_its_least_role(method: str, path: str) -> None:
    least = ASKED[method, path]
    assert needed(method, filled(path)) == least
    may = {"viewer": set(ROLES), "admin": {"admin"}}.get(least, {least, "admin"})
    for role in ROLES:
        if role in may:
            refuse(role, method, filled(path))
        else:
            with pytest.raises(Forbidden):
                refuse(role, method, filled(path))


def test_a_path_that_only_begins_alike_is_another() -> None:
    assert needed("POST", "/v1/tokensnot") == "submitter"
    assert needed("POST", "/v1/draftsnot") == "submitter"
    assert needed("HEAD", "/v1/studies/1") == "viewer"


def test_the_refusal_names_both_roles() -> None:
    with pytest.raises(Forbidden) as caught:
        refuse("viewer", "POST", "/v1/studies")
    said = "this token is a viewer's; POST /v1/studies needs a submitter's"
    assert caught.value.detail == said
    with pytest.raises(Forbidden, match="needs an admin's"):
        refuse("worker", "GET", "/v1/tokens")


def test_no_route_is_open_by_mistake(settings: Settings) -> None:
    """Without a token only the probes, the doors and the package's files answer."""
    with TestClient(guarded(settings)) as http:
        for method, path in LEAST:
            answered = http.request(method, filled(path), headers=OURS).status_code
            if (method, path) != ("POST", "/login"):  # which says 401 of a wrong token
                assert (answered == 401) == (LEAST[method, path] != "open"), (method, path)


def test_a_viewer_reads_and_changes_nothing(settings: Settings) -> None:
    with TestClient(guarded(settings)) as http:
        viewer = bearer(made(http, "viewer")["token"])
        assert http.get("/v1/studies", headers=viewer).status_code == 200
        for (method, path), least in ASKED.items():
            if least == "viewer":
                continue
            answered = http.request(method, filled(path), headers=viewer)
            assert answered.status_code == 403, (method, path)
            assert answered.json()["error"] == "forbidden"


def test_a_viewer_may_try_a_draft(settings: Settings) -> None:
    """It says what a study would be, and keeps nothing."""
    with TestClient(guarded(settings)) as http:
        viewer = bearer(made(http, "viewer")["token"])
        reply = http.post("/v1/drafts", json={"yaml": "name: s"}, headers=viewer)
        assert reply.status_code == 200
        assert http.get("/v1/studies", headers=viewer).json()["items"] == []


def test_a_worker_trains_and_a_submitter_submits(settings: Settings) -> None:
    with TestClient(guarded(settings)) as http:
        submitter = bearer(made(http, "submitter")["token"])
        worker = bearer(made(http, "worker")["token"])
        study, claim = {"name": "s", "trials": 1}, {"worker": {"name": "w"}}
        assert http.post("/v1/studies", json=study, headers=worker).status_code == 403
        assert http.post("/v1/claims", json=claim, headers=submitter).status_code == 403
        assert http.post("/v1/studies", json=study, headers=submitter).status_code == 201
        given = http.post("/v1/claims", json=claim, headers=worker)
        assert given.status_code == 200
        lease = worker | {"Lease-Token": given.json()["token"]}
        place = f"/v1/leases/{given.json()['lease']}/finish"
        assert http.post(place, json={}, headers=lease).status_code == 200
