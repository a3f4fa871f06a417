"""Files of several trials in one request."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings
from service.shelf import SMALL
from tests.service.desk import Desk, held


def body(*files: tuple[int, str, bytes], listed: Any = None) -> bytes:
    said = [{"trial": t, "name": n, "bytes": len(c)} for t, n, c in files]
    line = {"files": said} if listed is None else listed
    return json.dumps(line).encode() + b"\n" + b"".join(content for _, _, content in files)


def send(desk: Desk, claim: dict[str, Any], content: bytes) -> Any:
    headers = {"Lease-Token": claim["token"]}
    return desk.http.put(f"/v1/leases/{claim['lease']}/artifacts", content=content, headers=headers)


def fetched(desk: Desk, trial: int, name: str) -> bytes:
    return desk.http.get(f"/v1/trials/{trial}/artifacts/{name}").content


def test_files_of_several_trials_are_kept(desk: Desk, settings: Settings) -> None:
    study = desk.submit(trials=2)["id"]
    claim = desk.claim(slots=2)
    one, two = (about["trial"] for about in held(claim))
    files = [(one, "a.bin", b"line\nfeed"), (two, "a.bin", b""), (one, "b.bin", bytes(range(256)))]
    reply = send(desk, claim, body(*files))
    assert (reply.status_code, reply.json()) == (200, {"stop": []})
    for trial, name, content in files:
        assert fetched(desk, trial, name) == content
    sizes = {a["name"]: a["bytes"] for a in desk.get(f"/v1/trials/{one}/artifacts")["items"]}
    assert sizes == {"a.bin": 9, "b.bin": 256}
    desk.http.delete(f"/v1/studies/{study}")
    assert not [path for path in Path(settings.artifacts_url).rglob("*") if path.is_file()]


def test_the_last_of_equal_names_is_kept(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    trial = held(claim)[0]["trial"]
    send(desk, claim, body((trial, "a.bin", b"old")))
    send(desk, claim, body((trial, "a.bin", b"newer"), (trial, "a.bin", b"newest")))
    assert fetched(desk, trial, "a.bin") == b"newest"
    assert len(desk.get(f"/v1/trials/{trial}/artifacts")["items"]) == 1


def test_new_small_files_share_one_and_later_versions_take_their_place(
    desk: Desk, settings: Settings
) -> None:
    """Snapshots of a stack come again and again; what they replace must not pile up."""
    desk.submit(trials=3)
    claim = desk.claim(slots=3)
    trials = [about["trial"] for about in held(claim)]

    def lies() -> int:
        return sum(path.is_file() for path in Path(settings.artifacts_url).rglob("*"))

    for version in range(5):
        files = [(t, "snapshot.safetensors", f"{t}: {version}".encode()) for t in trials]
        send(desk, claim, body(*files))
        for trial, name, content in files:
            assert fetched(desk, trial, name) == content
        assert lies() == (1 if version == 0 else 4)
    send(desk, claim, body((trials[0], "big", b"x" * (SMALL + 1)), (trials[1], "big", b"x")))
    assert lies() == 6
    assert len(fetched(desk, trials[0], "big")) == SMALL + 1


def test_trials_that_are_over_are_named_and_the_others_kept(desk: Desk) -> None:
    desk.submit(trials=2)
    claim = desk.claim(slots=2)
    gone, here = held(claim)
    desk.report(claim, ends=[gone | {"state": "complete"}])
    reply = send(desk, claim, body((gone["trial"], "a", b"x"), (here["trial"], "a", b"y")))
    assert reply.json() == {"stop": [gone["trial"]]}
    assert desk.get(f"/v1/trials/{gone['trial']}/artifacts")["items"] == []
    assert fetched(desk, here["trial"], "a") == b"y"


def test_no_files_are_no_news(desk: Desk) -> None:
    desk.submit(trials=1)
    assert send(desk, desk.claim(), body()).json() == {"stop": []}


def test_a_lost_lease_stores_nothing(desk: Desk, settings: Settings) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    trial = held(claim)[0]["trial"]
    reply = send(desk, claim | {"token": "guessed"}, body((trial, "a", b"x")))
    assert (reply.status_code, reply.json()["error"]) == (409, "lease_lost")
    assert desk.get(f"/v1/trials/{trial}/artifacts")["items"] == []
    assert not [path for path in Path(settings.artifacts_url).rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "body"),
        (b"no line feed", "body"),
        (b"no json\n", ""),
        (b"[]\n", ""),
        (b'{"files": [{"trial": 1, "name": "a", "bytes": 2}]}\nx', "files"),
        (b'{"files": [{"trial": 1, "name": "a", "bytes": 1}]}\nxy', "files"),
        (b'{"files": [{"trial": 1, "name": "a", "bytes": -1}]}\n', "files.0.bytes"),
        (b'{"files": [{"trial": 1, "name": "../a", "bytes": 0}]}\n', "files.0.name"),
        (b'{"files": [{"trial": 1, "name": "a\\n", "bytes": 0}]}\n', "files.0.name"),
        (b'{"files": [{"trial": 0, "name": "a", "bytes": 0}]}\n', "files.0.trial"),
        (b'{"files": [{"trial": 1, "nmae": "a", "bytes": 0}]}\n', "files.0.name"),
        (b'{"files": ' + b"[" * 100_000 + b"\n", ""),
    ],
    ids=range(12),
)
def test_bad_bodies_are_refused_whole(desk: Desk, content: bytes, field: str) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    reply = send(desk, claim, content)
    assert reply.status_code == 422, reply.text
    assert reply.json()["fields"][0]["field"] == field
    assert desk.get(f"/v1/trials/{held(claim)[0]['trial']}/artifacts")["items"] == []
