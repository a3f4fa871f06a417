import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from service.settings import Settings
from sitter.client import Sitter, load_study
from sitter.errors import LeaseLost, Refused, SitterError, Unreachable
from sitter.fleet.local import free_port
from tests.service.serving import served

STUDY = {"name": "s", "space": {"optimizer.lr": {"log_uniform": [1e-3, 1.0]}}, "trials": 3}
WORKER = {"name": "w"}


def test_a_study_from_submit_to_best(client: Sitter) -> None:
    study = client.submit(STUDY)
    assert (study.trials, study.ended) == (3, 0)
    while claim := client.claim(WORKER, slots=2):
        about = [{"trial": a.trial, "attempt": a.attempt} for a in claim.assignments]
        rows = [a | {"epoch": 1, "val_accuracy": a["trial"] / 10} for a in about]
        assert client.report(claim.lease, claim.token, epochs=rows).stop == []
        client.keep(claim.lease, claim.token, about[0]["trial"], "best.safetensors", b"w")
        client.finish(claim.lease, claim.token, ends=[a | {"state": "complete"} for a in about])
    study = client.study(study.id)
    assert (study.state, study.ended) == ("complete", 3)
    assert client.best(study.id).value == 0.3
    assert [t.value for t in client.trials(study.id, sort="value", descending=True)] == [
        0.3, 0.2, 0.1,
    ]  # fmt: skip
    assert [e.val_accuracy for e in client.epochs(1)] == [0.1]
    assert client.checkpoint(1) == b"w"
    assert client.trial(1).recipe is not None
    assert [w.name for w in client.workers()] == ["w"]
    assert list(client.verdicts(study=study.id)) == []
    assert list(client.trial_verdicts(1)) == []
    assert client.enqueue(study.id, {"optimizer.lr": 0.5})[0].params == {"optimizer.lr": 0.5}
    assert client.change(study.id, note="hi").note == "hi"
    assert [s.id for s in client.studies(state="running")] == [study.id]
    client.delete(study.id)
    assert list(client.studies()) == []


def test_lists_go_on_past_the_first_page(client: Sitter) -> None:
    study = client.submit(STUDY | {"trials": 250})
    client.claim(WORKER, slots=250)
    assert len(list(client.trials(study.id))) == 250


def test_refusals_name_every_field(client: Sitter) -> None:
    with pytest.raises(Refused) as caught:
        client.submit(STUDY | {"nmae": 1, "trails": 3})
    assert caught.value.status == 422
    assert "nmae: unknown key 'nmae'; did you mean 'name'?" in str(caught.value)
    assert "trails: unknown key 'trails'; did you mean 'trials'?" in str(caught.value)


def test_a_lost_lease_is_an_error_of_its_own(client: Sitter) -> None:
    client.submit(STUDY)
    claim = client.claim(WORKER)
    assert claim is not None
    client.release(claim.lease, claim.token)
    with pytest.raises(LeaseLost, match="claim anew"):
        client.report(claim.lease, claim.token)


def test_nobody_there() -> None:
    port = free_port("127.0.0.1", 0)
    with Sitter(f"http://127.0.0.1:{port}") as client:
        assert client.ready() is False
        with pytest.raises(Unreachable, match=r"start one with `sitter up`"):
            client.study(1)


def test_a_service_that_comes_late_is_waited_for(sqlite_url: str) -> None:
    port = free_port("127.0.0.1", 0)
    answers: list[list[object]] = []

    def ask() -> None:
        with Sitter(f"http://127.0.0.1:{port}", patience=20.0) as client:
            answers.append(list(client.studies()))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.3)  # it is trying by now
    with served(Settings(database_url=sqlite_url), port=port):
        asking.join()
    assert answers == [[]]


class Flaky(BaseHTTPRequestHandler):
    """Answers 503 a few times, then lets go of what it is asked."""

    asked: list[str] = []  # noqa: RUF012 - one list for the class is the point

    def do_GET(self) -> None:
        Flaky.asked.append(self.command)
        ok = len(Flaky.asked) > 2
        body = b'{"items": [], "next": null}'
        self.send_response(200 if ok else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name http.server calls

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def flaky() -> object:
    Flaky.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_busy_service_is_asked_again(flaky: str) -> None:
    with Sitter(flaky, patience=20.0) as client:
        assert list(client.studies()) == []
    assert len(Flaky.asked) == 3


def test_a_study_is_never_submitted_twice(flaky: str) -> None:
    with Sitter(flaky, patience=20.0) as client, pytest.raises(Unreachable):
        client.submit(STUDY)
    assert len(Flaky.asked) == 1


def test_the_token_is_sent(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "sixteen-characters"
    with served(Settings(database_url=sqlite_url, token=token)) as url:
        with Sitter(url) as stranger, pytest.raises(Refused, match="SITTER_TOKEN"):
            list(stranger.studies())
        monkeypatch.setenv("SITTER_TOKEN", token)
        monkeypatch.setenv("SITTER_URL", url)
        with Sitter() as friend:
            assert list(friend.studies()) == []


@pytest.mark.parametrize(
    ("text", "says"), [("a: [", "is not YAML"), ("- 1", "holds no study"), (None, "cannot read")]
)
def test_bad_files_are_named(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "study.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SitterError, match=says) as caught:
        load_study(file)
    assert "study.yaml" in str(caught.value)


def test_an_address_that_is_none() -> None:
    with pytest.raises(SitterError, match="no address"):
        Sitter("http://[::1")
