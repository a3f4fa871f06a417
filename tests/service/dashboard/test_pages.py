"""Every page over a real service and database, as a browser without scripts sees it."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from diagnostics.check import CHECKS
from service.app import create_app
from service.dashboard import study_room
from service.dashboard.assets import PLOTLY_URL
from service.dashboard.figures import STUDY_FIGURES, TRIAL_FIGURES
from service.settings import Settings
from tests.service.dashboard.filling import (
    HOSTILE,
    PLANE,
    at,
    failed,
    healthy,
    point,
    study_of_each,
)
from tests.service.desk import SHORT_LEASE, Desk, held, verdict

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def page(desk: Desk, path: str, status: int = 200) -> str:
    reply = desk.http.get(path, headers=BROWSER)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return reply.text


def read(html: str) -> str:
    """The page's words, without tags, in single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_an_empty_service_says_how_to_submit(desk: Desk) -> None:
    said = page(desk, "/")
    assert "<code>sitter study submit examples/digits.yaml</code>" in said
    assert "No study yet." in said
    assert "sitter worker" in page(desk, "/fleet")


def test_the_list_of_studies(desk: Desk) -> None:
    number, trials = study_of_each(desk, name="digits-lr-wd")
    empty = desk.submit(name="later")["id"]
    said = page(desk, "/")
    assert said.index(f"/studies/{empty}") < said.index(f"/studies/{number}")
    words = read(said)
    assert "2 studies running." in words
    assert "97.4 % lr 0.031, weight decay 2.1e-4 ■ fatal running 2 complete" in words
    assert "4 of 5 trials ended" in words
    assert f'href="/trials/{trials["good"]}"' in said


def test_the_list_goes_on_where_a_page_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.dashboard.rooms.STUDIES", 2)
    for name in ("first", "second", "third"):
        desk.submit(name=name)
    said = page(desk, "/")
    assert "third" in said
    assert "first" not in said
    [older] = re.findall(r'href="(/\?cursor=[^"]+)"', said)
    assert "first" in page(desk, older)


def test_a_study(desk: Desk) -> None:
    number, trials = study_of_each(desk, name="digits-lr-wd", note="why", tags=["a", "b"])
    said = page(desk, f"/studies/{number}")
    words = read(said)
    assert (
        "Best: lr 0.031, weight decay 2.1e-4 → 97.4 %; 1 trial diverged at lr 0.9; "
        "1 trial failed." in words
    )
    assert "4 of 5 trials ended 2 complete 1 infeasible 1 failed 1 running" in words
    for name in STUDY_FIGURES.names():
        assert f'data-figure="/v1/studies/{number}/figures/{name}"' in said
    assert "0 97.4 % 0.031 2.1e-4 5 complete ◆ note" in words
    assert "log_uniform:" in said
    assert "Tags a, b" in words
    assert f'href="/trials/{trials["diverged"]}#non_finite"' in said
    assert 'data-follow="study"' in said


def test_the_matrix_inherits_what_was_measured_once_for_the_shape(desk: Desk) -> None:
    number, trials = study_of_each(desk)
    said = unescape(page(desk, f"/studies/{number}"))
    whole = (
        "Trial 2, initial_loss: pass. The initial loss is 2.39; log C = 2.303 is what knows "
        "nothing. (measured once for all trials of this shape)"
    )
    assert f'title="{whole}"' in said
    assert f'href="/trials/{trials["good"]}#initial_loss"' in said


def test_a_large_matrix_shows_the_worst_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_room, "WATCHED", 2)
    number, trials = study_of_each(desk)
    said = page(desk, f"/studies/{number}")
    assert "The 2 trials with the worst verdicts, then the newest, of 3." in said
    shown = set(re.findall(r'<td data-trial="(\d+)"', said))
    assert shown == {str(trials["diverged"]), str(trials["worse"])}


def test_more_trials_on_request(desk: Desk) -> None:
    number = desk.submit(trials=0)["id"]
    points = [{"optimizer.lr": 0.01 * n} for n in range(1, 26)]
    desk.http.post(f"/v1/studies/{number}/trials", json={"points": points})
    said = page(desk, f"/studies/{number}")
    assert "The first 20 of 25." in said
    assert f"/studies/{number}?show=80#trials" in said
    assert "Show more" not in page(desk, f"/studies/{number}?show=80")


def test_a_point_that_leaves_a_path_to_the_recipe(desk: Desk) -> None:
    recipe = {"optimizer": {"name": "sgd", "weight_decay": 3e-4}}
    number = desk.submit(space=PLANE, trials=0, recipe=recipe)["id"]
    desk.http.post(f"/v1/studies/{number}/trials", json={"points": [{"optimizer.lr": 0.1}]})
    assert "0 – 0.1 3e-4 – waiting" in read(page(desk, f"/studies/{number}"))
    [point, _] = desk.get(f"/v1/studies/{number}/figures/landscape")["data"]
    assert (point["x"], point["y"]) == ([0.1], [3e-4])


def test_a_new_study_says_what_will_come(desk: Desk) -> None:
    number = desk.submit(trials=64)["id"]
    words = read(page(desk, f"/studies/{number}"))
    assert "Waiting for a worker to take the first of 64 trials; sitter worker starts one." in words
    assert "Trials appear as soon as a worker takes the first one." in words
    assert "Verdicts appear with the first report of a trial." in words


def test_a_finished_study_is_not_followed(desk: Desk) -> None:
    claim = at(desk, 0.1)
    healthy(desk, claim)
    assert 'data-follow="no"' in page(desk, f"/studies/{claim['study']}")
    assert "Nothing is running" in page(desk, "/")


def test_a_healthy_trial(desk: Desk) -> None:
    claim = at(desk, 0.031, 2.1e-4)
    [about] = held(claim)
    stored = desk.http.put(
        f"/v1/leases/{claim['lease']}/trials/{about['trial']}/artifacts/checkpoint.safetensors",
        content=b"x" * 18_300,
        headers={"Lease-Token": claim["token"]},
    )
    assert stored.status_code == 204
    number = healthy(desk, claim)
    said = page(desk, f"/trials/{number}")
    words = read(said)
    assert "97.4 % validation accuracy at epoch 5 of 5; note: Layer fc1 moves" in words
    assert "Learning rate 0.031 Weight decay 2.1e-4" in words
    for name in TRIAL_FIGURES.names():
        assert f'data-figure="/v1/trials/{number}/figures/{name}"' in said
    assert words.index("◆ note update_ratio epochs 1–5") < words.index("● pass initial_loss before")
    assert "optimizer.lr: 0.01" in words
    assert "layers, fc1 0.02" in words
    assert 'href="/checks#update_ratio"' in said
    assert f'href="/v1/trials/{number}/artifacts/checkpoint.safetensors"' in said
    assert "18.3 kB" in words
    assert "batch_size: 64" in words
    assert 'data-follow="no"' in said


def test_an_infeasible_trial_names_the_cause(desk: Desk) -> None:
    _, trials = study_of_each(desk)
    words = read(page(desk, f"/trials/{trials['diverged']}"))
    assert "Infeasible after 3 epochs: The loss is not finite since epoch 3" in words
    assert "■ fatal non_finite epoch 3" in words
    assert "Measured once for all trials of this recipe shape" in words
    assert "No file was kept of this trial." in words


def test_a_failed_trial_keeps_its_traceback(desk: Desk) -> None:
    number = failed(desk, at(desk, 0.1))
    said = page(desk, f"/trials/{number}")
    assert "Failed: ValueError: <b>no</b> data" in read(said)
    assert "<b>no</b>" not in said
    assert "What went wrong Traceback (most recent call last)" in read(said)


def test_waiting_and_running_trials(desk: Desk) -> None:
    number = desk.submit(trials=0)["id"]
    added = desk.http.post(
        f"/v1/studies/{number}/trials", json={"points": [{"optimizer.lr": 0.1}]}
    ).json()["items"][0]["id"]
    words = read(page(desk, f"/trials/{added}"))
    assert "Waiting for a worker to take it." in words
    assert "No worker has taken this trial yet." in words
    assert "Verdicts appear with the trial's first report." in words
    desk.claim()
    running = page(desk, f"/trials/{added}")
    assert "Training its first epoch of 20." in read(running)
    assert 'data-follow="trial"' in running


@SHORT_LEASE
def test_lost_attempts_stay_on_the_page(desk: Desk) -> None:
    claim = at(desk, 0.1)
    [about] = held(claim)
    desk.await_(lambda: desk.get(f"/v1/trials/{about['trial']}")["state"] == "waiting")
    words = read(page(desk, f"/trials/{about['trial']}"))
    assert "lost" in words
    assert "the worker was not heard of any more" in words


def test_the_catalogue_has_every_check(desk: Desk) -> None:
    said = page(desk, "/checks")
    for name in CHECKS.names():
        assert f'<article class="check" id="{name}">' in said
        for field in desk.get(f"/v1/checks/{name}")["thresholds"]:
            assert f"<code>{field}</code>" in said
    for heading in ("Sees", "Why it matters", "When it is wrong", "What to do", "Sources"):
        assert said.count(f"<h3>{heading}</h3>") == len(CHECKS.names())
    assert "*" not in read(said)


def test_the_fleet(desk: Desk) -> None:
    desk.submit(trials=20)
    claim = desk.claim(slots=10, worker="gpu-3:4711")
    assert claim is not None
    said = page(desk, "/fleet")
    words = read(said)
    assert "1 worker is online, training 10 trials." in words
    assert "gpu-3:4711 online cpu trial 0 , trial 1" in words
    assert "and 2 more" in words
    assert f'href="/trials/{held(claim)[0]["trial"]}"' in said


@SHORT_LEASE
def test_a_silent_worker_is_lost(desk: Desk, settings: Settings) -> None:
    desk.submit(trials=1)
    desk.claim(worker="gone")
    impatient = settings.model_copy(update={"lease_seconds": 0.0001, "claim_wait_seconds": 0.0})
    with TestClient(create_app(impatient)) as http:
        assert "No worker is online" in page(Desk(http), "/fleet")


def test_hostile_names_stay_text(desk: Desk) -> None:
    claim = at(desk, 0.1, name=HOSTILE, note=HOSTILE, tags=[HOSTILE])
    [about] = held(claim)
    said = verdict(
        about,
        "diverging",
        summary=HOSTILE,
        evidence={HOSTILE: {HOSTILE: HOSTILE}},
        remedy={"text": HOSTILE, "patch": {HOSTILE: HOSTILE}},
    )
    row = about | {"epoch": 1, "val_accuracy": 0.5, "signals": {"update_ratio": {HOSTILE: 0.1}}}
    desk.report(claim, verdicts=[said], epochs=[row])
    desk.claim(worker=HOSTILE)
    reason = HOSTILE + "long " * 2000
    failed(desk, claim, reason=reason)
    for path in ("/", f"/studies/{claim['study']}", f"/trials/{about['trial']}", "/fleet"):
        html = page(desk, path)
        assert "<script>alert" not in html
        assert "</td>'" not in html
        assert not re.search(r"\son\w+=", html)
    assert HOSTILE in unescape(page(desk, "/"))


def test_odd_signals_and_huge_numbers_do_not_break_a_page(desk: Desk) -> None:
    claim = at(desk, 0.1)
    [about] = held(claim)
    odd = {"update_ratio": {"fc1": "fast", "out": [1], "ok": 1.7e308}, "lr": "x", "steps": ["a"]}
    row = about | {"epoch": 1, "val_loss": 1.7e308, "train_loss": 1.7e308, "signals": odd}
    desk.report(
        claim,
        epochs=[row],
        verdicts=[verdict(about, evidence={"expected": 1.7e308}, check="initial_loss")],
    )
    page(desk, f"/trials/{about['trial']}")
    page(desk, f"/studies/{claim['study']}")
    for name in TRIAL_FIGURES.names():
        desk.get(f"/v1/trials/{about['trial']}/figures/{name}")
    for name in STUDY_FIGURES.names():
        desk.get(f"/v1/studies/{claim['study']}/figures/{name}")


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
