"""What holds for every page: designed errors, landmarks, nothing from elsewhere."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.dashboard.assets import (
    HASTENED,
    PLOTLY_URL,
    STATIC,
    STATIC_URL,
    WRAPPED,
    hastened,
    plotly_file,
)
from service.dashboard.figures import STUDY_FIGURES, TRIAL_FIGURES
from service.settings import Settings
from tests.service.dashboard.filling import (
    at,
    healthy,
    point,
    study_of_each,
)
from tests.service.dashboard.reading import BROWSER, page
from tests.service.dashboard.rooms import rooms
from tests.service.desk import HOME, Desk


def test_figures_are_served(desk: Desk) -> None:
    number, trials = study_of_each(desk)
    drawn = {
        name: desk.get(f"/v1/studies/{number}/figures/{name}") for name in STUDY_FIGURES.names()
    } | {
        name: desk.get(f"/v1/trials/{trials['good']}/figures/{name}")
        for name in TRIAL_FIGURES.names()
    }
    empty = {name for name, figure in drawn.items() if "empty" in figure["layout"]["meta"]}
    assert {"landscape", "history", "curves", "parallel", "timeline", "loss"} & empty == set()
    for name in drawn.keys() - empty:
        assert drawn[name]["data"] or drawn[name]["layout"]["meta"]["drawn_by"], name
    loss = desk.get(f"/v1/trials/{trials['worse']}/figures/loss")
    assert "log C = 2.303" in [note["text"] for note in loss["layout"]["annotations"]]


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

    with TestClient(app, base_url=HOME, raise_server_exceptions=False) as http:
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
    assert f'href="{PLOTLY_URL}"' in page(desk, f"/studies/{at(desk, 0.1)['study']}")


@pytest.mark.parametrize(("offered", "taken"), [("gzip, br", "br"), ("gzip", "gzip"), ("x", None)])
def test_plotly_comes_packed_as_the_browser_can_read_it(
    desk: Desk, offered: str, taken: str | None
) -> None:
    reply = desk.http.get(PLOTLY_URL, headers={"Accept-Encoding": offered})
    assert reply.headers.get("Content-Encoding") == taken
    assert reply.content == hastened(plotly_file().read_bytes())


def test_our_files_are_kept_under_a_name_that_changes_with_them(desk: Desk) -> None:
    new = desk.http.get(f"{STATIC_URL}/sitter.css")
    old = desk.http.get("/static/0123456789abcdef/sitter.css")
    assert new.content == old.content == (STATIC / "sitter.css").read_bytes()
    assert new.headers["Content-Encoding"] == "gzip"
    assert "immutable" in new.headers["Cache-Control"]
    assert old.headers["Cache-Control"] == "no-cache"
    assert "charset" in new.headers["Content-Type"]
    plain = desk.http.get(f"{STATIC_URL}/page.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == (STATIC / "page.js").read_bytes()
    assert plain.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["nothing.css", "..%2fassets.py", ""])
def test_no_other_files_are_served(desk: Desk, path: str) -> None:
    assert desk.http.get(f"{STATIC_URL}/{path}").status_code == 404


def test_plotly_is_compiled_while_it_arrives() -> None:
    changed = hastened(plotly_file().read_bytes())
    assert HASTENED in changed
    assert WRAPPED not in changed
    assert changed.endswith(b"})));")
    assert hastened(b"a script of another make") == b"a script of another make"


def test_pages_load_nothing_from_elsewhere_and_run_no_inline_script(desk: Desk) -> None:
    number, trials = study_of_each(desk, tags=["a b&c"])
    for path in rooms(number, trials):
        html = page(desk, path)
        assert "http://" not in html
        assert "https://" not in html
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)
        for source in re.findall(r'(?:src|href)="(/(?:static|assets)/[^"]+)"', html):
            assert desk.http.get(source).status_code == 200


def test_every_link_leads_somewhere(desk: Desk) -> None:
    number, trials = study_of_each(desk, tags=["a b&c"])
    links = {
        unescape(target)
        for path in rooms(number, trials)
        for target in re.findall(r'href="(/[^"#]*)', page(desk, path))
    }
    answered = {target: desk.http.get(target).status_code for target in links}
    assert {target: status for target, status in answered.items() if status != 200} == {}


def test_pages_are_landmarked(desk: Desk) -> None:
    number, trials = study_of_each(desk)
    for path in rooms(number, trials):
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

    engine = desk.database.engine
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        page(desk, path)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len([statement for statement in seen if statement.startswith("SELECT trials")])
