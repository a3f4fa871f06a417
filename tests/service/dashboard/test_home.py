"""The list of studies: searched, sorted, filtered, exported, and read with few queries."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from tests.service.dashboard.filling import HOSTILE, PLANE, at, diverged, healthy, point
from tests.service.dashboard.reading import page, read
from tests.service.desk import Desk, epoch, held


def names(desk: Desk, query: str = "") -> list[str]:
    """The studies of the list, from the top."""
    said = page(desk, f"/{query}")
    return [unescape(n) for n in re.findall(r'href="/studies/\d+"><bdi>(.*?)</bdi>', said)]


def trained(desk: Desk, value: float, **study: Any) -> int:
    """A study with one complete trial of this value, which is over."""
    claim = at(desk, 0.1, **study)
    healthy(desk, claim, value)
    return int(claim["study"])


def three(desk: Desk) -> None:
    trained(desk, 0.9, name="digits-b", tags=["digits", "night"])
    trained(desk, 0.7, name="cifar_a", tags=["cifar"], note="with 50% less lr")
    desk.submit(name="Digits-c", trials=2, tags=["digits"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=DIGITS", ["Digits-c", "digits-b"]),
        ("?q=50%25", ["cifar_a"]),
        ("?q=r_a", ["cifar_a"]),
        ("?q=s_b", []),
        ("?q=night", ["digits-b"]),
        ("?tag=digits", ["Digits-c", "digits-b"]),
        ("?tag=dig", []),
        ("?state=running", ["Digits-c"]),
        ("?state=complete&q=digits", ["digits-b"]),
        ("?q=&state=", ["Digits-c", "cifar_a", "digits-b"]),
        ("?sort=name", ["cifar_a", "digits-b", "Digits-c"]),
        ("?sort=name&descending=true", ["Digits-c", "digits-b", "cifar_a"]),
        ("?descending=false", ["digits-b", "cifar_a", "Digits-c"]),
        ("?sort=best", ["digits-b", "cifar_a", "Digits-c"]),
        ("?sort=progress", ["digits-b", "cifar_a", "Digits-c"]),
        ("?sort=progress&descending=false", ["Digits-c", "digits-b", "cifar_a"]),
        ("?sort=state", ["digits-b", "cifar_a", "Digits-c"]),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(
    desk: Desk, query: str, expected: list[str]
) -> None:
    three(desk)
    assert names(desk, query) == expected
    if query.endswith("="):
        return  # the API takes no empty state
    listed = desk.http.get(f"/v1/studies{query}").json()["items"]
    assert [study["name"] for study in listed] == expected


def test_a_tag_inside_another_one_is_not_it(desk: Desk) -> None:
    desk.submit(name="odd", tags=['b","a', 'x"a"'])
    assert names(desk, "?tag=a") == []
    assert names(desk, "?tag=b%22%2C%22a") == ["odd"]


def test_the_worst_come_first(desk: Desk) -> None:
    trained(desk, 0.9, name="noted")
    diverged(desk, at(desk, 0.9, name="diverged"))
    desk.submit(name="silent", trials=1)
    assert names(desk, "?sort=worst") == ["diverged", "noted", "silent"]


def test_a_lower_loss_is_the_better_one(desk: Desk) -> None:
    objective = {"metric": "val_loss", "direction": "minimize"}
    for name, loss in (("worse", 0.9), ("better", 0.4)):
        claim = at(desk, 0.1, name=name, objective=objective)
        [about] = held(claim)
        rows = [epoch(about, n, val_loss=loss / n) for n in (1, 2)]
        desk.finish(claim, epochs=rows, ends=[about | {"state": "complete"}])
    assert names(desk, "?sort=best") == ["better", "worse"]
    assert "0.200" in read(page(desk, "/"))
    listed = desk.get("/v1/studies", sort="best")["items"]
    assert [study["best"]["value"] for study in listed] == [0.2, 0.45]


@pytest.mark.parametrize("sort", ["created", "name", "best", "progress"])
def test_every_order_goes_on_where_a_page_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr("service.dashboard.home_room.STUDIES", 2)
    for name in ("b", "a", "d", "c", "e"):
        desk.submit(name=name)
    shown, address = [], f"?sort={sort}"
    while address:
        said = page(desk, f"/{address}")
        shown += names(desk, address)
        found = re.findall(r'href="/(\?cursor=[^"]+)">More', said)
        address = unescape(found[0]) if found else ""
    assert sorted(shown) == ["a", "b", "c", "d", "e"]
    if sort == "name":
        assert shown == sorted(shown)


def test_a_page_begins_at_its_place_when_its_mark_is_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.dashboard.home_room.STUDIES", 2)
    ids = {name: desk.submit(name=name)["id"] for name in "abcde"}
    [address] = re.findall(r'href="/(\?cursor=[^"]+)">More', page(desk, "/?sort=name"))
    desk.http.delete(f"/v1/studies/{ids['b']}")
    assert names(desk, unescape(address)) == ["d", "e"]


@pytest.mark.parametrize(
    "query", ["?sort=size", "?state=odd", "?sort=name&cursor=x", "?q=" + "x" * 201]
)
def test_a_wrong_question_has_a_designed_answer(desk: Desk, query: str) -> None:
    assert "Nothing is here" in page(desk, f"/{query}", status=404)


def test_headings_say_how_the_list_is_sorted(desk: Desk) -> None:
    three(desk)
    said = page(desk, "/?sort=best&q=digits")
    assert re.search(
        r'aria-sort="descending"><a href="/\?q=digits&amp;sort=best&amp;descending=false">', said
    )
    assert said.count("aria-sort") == 1
    assert '<a href="/?q=digits&amp;sort=name">Study</a>' in said
    assert "2 of 3 studies match." in said
    assert "No study matches." in page(desk, "/?q=nothing")


def test_the_best_so_far_is_a_line_with_words(desk: Desk) -> None:
    claim = at(desk, 0.1)
    healthy(desk, claim, 0.5)
    assert "<polyline" not in page(desk, "/")
    for value in (0.4, 0.9):
        healthy(desk, point(desk, claim["study"], value), value)
    said = page(desk, "/")
    assert "<title>Best so far: 50.0 % → 90.0 %</title>" in said
    [line] = re.findall(r'points="([^"]+)"', said)
    heights = [float(pair.split(",")[1]) for pair in line.split()]
    assert heights == [22.0, 22.0, 2.0]


def test_a_line_has_at_most_forty_points(desk: Desk) -> None:
    study = desk.submit(trials=120, space=PLANE)["id"]
    claim = desk.claim(slots=120, study=study)
    assert claim is not None
    rows = [epoch(a, 1, val_accuracy=i / 200) for i, a in enumerate(held(claim))]
    desk.finish(claim, epochs=rows, ends=[a | {"state": "complete"} for a in held(claim)])
    said = page(desk, "/")
    [line] = re.findall(r'points="([^"]+)"', said)
    assert len(line.split()) == 40
    assert "59.5 %" in read(said)


def test_points_with_repeats_show_their_mean(desk: Desk) -> None:
    desk.submit(trials=1, repeats=2, name="twice")
    claim = desk.claim(slots=2)
    assert claim is not None
    rows = [epoch(a, 1, val_accuracy=v) for a, v in zip(held(claim), (0.8, 0.9), strict=True)]
    desk.finish(claim, epochs=rows, ends=[a | {"state": "complete"} for a in held(claim)])
    assert "85.0 % ± 7.1" in read(page(desk, "/"))


def test_the_fleet_in_a_line(desk: Desk) -> None:
    assert "No worker is online" in page(desk, "/")
    desk.submit(trials=20)
    desk.claim(slots=3, worker="one")
    desk.claim(slots=2, worker="two")
    assert "2 workers online, 5 of 5 slots busy 2 × cpu" in read(page(desk, "/"))


def buttons(html: str) -> list[str]:
    return re.findall(r'<button type="button" id="([a-z]+)-\d+"', html)


def test_deeds_follow_the_state(desk: Desk) -> None:
    study = desk.submit(trials=4, name="digits")["id"]
    assert buttons(page(desk, "/")) == ["pause", "cancel"]
    desk.claim(slots=1)
    said = page(desk, "/")
    assert "1 trial in training will stop, and 3 waiting will not be trained." in said
    desk.http.patch(f"/v1/studies/{study}", json={"state": "paused"})
    assert buttons(page(desk, "/")) == ["resume", "cancel"]
    desk.http.patch(f"/v1/studies/{study}", json={"state": "cancelled"})
    said = page(desk, "/")
    assert buttons(said) == ["delete"]
    assert "1 trial goes with it: curves, verdicts and files. This cannot be undone." in said


def test_the_csv_has_every_study_that_is_wanted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.dashboard.home_room.MOST_SHEET", 1)
    three(desk)
    desk.submit(name='=HYPERLINK("x")', note="-1+2")
    reply = desk.http.get("/?format=csv")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert [row["name"] for row in rows] == [
        '\'=HYPERLINK("x")',
        "Digits-c",
        "cifar_a",
        "digits-b",
    ]
    assert rows[0]["note"] == "'-1+2"
    assert float(rows[3]["best"]) == 0.9
    assert rows[3]["tags"] == "digits, night"
    filtered = desk.http.get("/?format=csv&tag=cifar").text.splitlines()
    assert len(filtered) == 2


def test_hostile_questions_stay_text(desk: Desk) -> None:
    desk.submit(name=HOSTILE, tags=[HOSTILE])
    for field in ("q", "tag"):
        reply = desk.http.get("/", params={field: HOSTILE}, headers={"Accept": "text/html"})
        assert reply.status_code == 200
        assert "<script>alert" not in reply.text
        assert "1 of 1 study matches." in read(reply.text)


def test_more_studies_take_no_more_queries(desk: Desk) -> None:
    three(desk)
    few = queries(desk, "/")
    for number in range(4):
        trained(desk, 0.5 + number / 10, name=f"more-{number}")
    assert queries(desk, "/") == few
    assert few <= 12
    api = queries(desk, "/v1/studies")
    trained(desk, 0.3)
    assert queries(desk, "/v1/studies") == api


def queries(desk: Desk, path: str) -> int:
    engine = desk.database.engine
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if re.search(r"FROM (studies|trials|verdicts|workers)", statement):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        assert desk.http.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)
