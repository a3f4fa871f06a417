"""What holds for every page: designed errors, landmarks, nothing from elsewhere."""

import re

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.dashboard import study_room
from service.dashboard.assets import PLOTLY_URL
from service.dashboard.figures import STUDY_FIGURES, TRIAL_FIGURES
from service.settings import Settings
from tests.service.dashboard.filling import (
    at,
    healthy,
    point,
    study_of_each,
)
from tests.service.dashboard.reading import BROWSER, page
from tests.service.desk import Desk


def test_figures_are_served(desk: Desk) -> None:
    number, trials = study_of_each(desk)
    for name in STUDY_FIGURES.names():
        assert desk.get(f"/v1/studies/{number}/figures/{name}")["data"]
    for name in TRIAL_FIGURES.names():
        assert desk.get(f"/v1/trials/{trials['good']}/figures/{name}")["data"]
    loss = desk.get(f"/v1/trials/{trials['worse']}/figures/loss")
    assert "log C = 2.303" in [note["text"] for note in loss["layout"]["annotations"]]


def test_only_the_newest_points_are_drawn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_room, "DRAWN", 3)
    number, _ = study_of_each(desk)
    drawing = desk.get(f"/v1/studies/{number}/figures/landscape")
    assert "The oldest 2 are not drawn." in drawing["layout"]["meta"]["caption"]


@pytest.mark.parametrize("owner", ["studies", "trials"])
def test_an_unknown_figure_names_the_nearest(desk: Desk, owner: str) -> None:
    study_of_each(desk)
    wanted = {"studies": "landscap", "trials": "los"}[owner]
    reply = desk.http.get(f"/v1/{owner}/1/figures/{wanted}")
    assert reply.status_code == 404
    assert "did you mean" in reply.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/studies/99", "/trials/99", "/studies/x", "/studies/1?show=0", "/?cursor=x"],
)
def test_a_missing_page_is_designed(desk: Desk, path: str) -> None:
    said = page(desk, path, status=404)
    assert "Nothing is here" in said
    assert 'href="/"' in said


def test_programs_still_get_json(desk: Desk) -> None:
    for path, headers in (("/v1/studies/99", BROWSER), ("/studies/99", {"Accept": "*/*"})):
        reply = desk.http.get(path, headers=headers)
        assert reply.status_code == 404
        assert reply.json()["error"] == "not_found"


def test_a_wrong_method_and_a_broken_page_are_designed(settings: Settings) -> None:
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("a secret")

    with TestClient(app, raise_server_exceptions=False) as http:
        wrong = http.post("/checks", headers=BROWSER)
        assert wrong.status_code == 405
        assert "The service answered 405." in wrong.text
        reply = http.get("/broken", headers=BROWSER)
    assert reply.status_code == 500
    assert "This page failed" in reply.text
    assert "secret" not in reply.text


def test_plotly_comes_from_the_installed_package(desk: Desk) -> None:
    reply = desk.http.get(PLOTLY_URL)
    assert reply.status_code == 200
    assert "plotly.js v" in reply.text[:200]
    assert "immutable" in reply.headers["Cache-Control"]
    assert f'src="{PLOTLY_URL}"' in page(desk, f"/studies/{at(desk, 0.1)['study']}")


def test_pages_load_nothing_from_elsewhere_and_run_no_inline_script(desk: Desk) -> None:
    number, trials = study_of_each(desk)
    for path in ("/", f"/studies/{number}", f"/trials/{trials['good']}", "/checks", "/fleet"):
        html = page(desk, path)
        assert "http://" not in html
        assert "https://" not in html
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)
        for source in re.findall(r'(?:src|href)="(/(?:static|assets)/[^"]+)"', html):
            assert desk.http.get(source).status_code == 200
        for target in re.findall(r'href="(/[^"#]*)', html):
            assert desk.http.get(target).status_code == 200, target


def test_pages_are_landmarked(desk: Desk) -> None:
    number, trials = study_of_each(desk)
    for path in ("/", f"/studies/{number}", f"/trials/{trials['good']}", "/checks", "/fleet"):
        html = page(desk, path)
        assert html.count("<h1>") == 1
        assert '<main id="content">' in html
        assert '<nav aria-label="Rooms">' in html
        assert not re.search(r"<th(?![^>]*scope=)[ >]", html)
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        assert all(re.search(r'id="', tag) for tag in re.findall(r"<[^>]*data-live[^>]*>", html))


def test_a_page_takes_a_fixed_number_of_queries(desk: Desk) -> None:
    number, _ = study_of_each(desk)
    few = _queries(desk, f"/studies/{number}")
    for lr in (0.01, 0.02, 0.03, 0.04):
        healthy(desk, point(desk, number, lr))
    assert _queries(desk, f"/studies/{number}") == few
    assert few <= 20


def _queries(desk: Desk, path: str) -> int:
    from sqlalchemy import event

    engine = desk.http.app.state.database.engine  # type: ignore[attr-defined]
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        page(desk, path)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len([statement for statement in seen if statement.startswith("SELECT trials")])
