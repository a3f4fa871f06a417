import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from service.settings import Settings
from sitter.client import Sitter, load_study
from sitter.errors import LeaseLost, Refused, SitterError, Unreachable
from sitter.fleet.local import free_port
from sitter.parcel import parcels
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


def test_a_stack_and_its_files(client: Sitter) -> None:
    study = client.submit(STUDY)
    claim = client.claim(WORKER, slots=2)
    assert claim is not None
    one, two = ({"trial": a.trial, "attempt": a.attempt} for a in claim.assignments)
    plan = {
        "engine": "lowered",
        "width": 2,
        "times_faster": 1.5,
        "fit": {"plain": {"a": 1, "b": 2}},
    }
    joined = [one | {"first_data_epoch": 0}, two | {"first_data_epoch": 12}]
    client.report(claim.lease, claim.token, plan=plan, joined=joined)
    files = [(each["trial"], f"{n}.bin", bytes([n])) for each in (one, two) for n in (1, 2)]
    assert client.keep_all(claim.lease, claim.token, files) == []
    assert [client.checkpoint(trial, name) for trial, name, _ in files] == [b"\1", b"\2"] * 2
    orders = client.report(claim.lease, claim.token, released=[two], ends=[], free_slots=0)
    assert orders.stop == []
    late = [(two["trial"], "late.bin", b"x")]
    assert client.keep_all(claim.lease, claim.token, late) == [two["trial"]]
    found = client.study(study.id).plan
    assert found is not None
    assert (found.engine, found.times_faster, found.fit["plain"].b) == ("lowered", 1.5, 2)
    (lease,) = client.leases(study.id)
    assert (lease.id, lease.slots, lease.plan) == (claim.lease, 2, found)
    assert [worker.plan for worker in client.workers()] == [found]
    (attempt,) = client.trial(two["trial"]).attempt_list
    assert (attempt.first_data_epoch, attempt.resumed_epoch, attempt.lease) == (12, 0, lease.id)


def test_a_trial_is_offered_what_it_left(client: Sitter) -> None:
    client.submit(STUDY)
    claim = client.claim(WORKER)
    assert claim is not None
    assert claim.assignments[0].resumable == []
    client.keep(claim.lease, claim.token, 1, "snapshot.safetensors", b"state")
    client.release(claim.lease, claim.token)
    again = client.claim(WORKER)
    assert again is not None
    assert again.assignments[0].resumable == ["snapshot.safetensors"]
    assert client.checkpoint(1, again.assignments[0].resumable[0]) == b"state"


def test_a_trial_repaired_and_judged_again(client: Sitter) -> None:
    study = client.submit(STUDY).id
    claim = client.claim(WORKER, study=study)
    assert claim is not None
    about = {"trial": claim.assignments[0].trial, "attempt": claim.assignments[0].attempt}
    remedy = {"text": "Lower lr.", "patch": {"optimizer.lr": 0.01}}
    said = {"check": "diverging", "severity": "warning", "summary": "x", "remedy": remedy}
    cause = {"cause": "lr_too_high", "confidence": 0.9, "checks": ["diverging"]}
    end = about | {"state": "complete", "diagnosis": [cause]}
    rows = [about | {"epoch": 1, "train_loss": 1.0}]
    client.finish(claim.lease, claim.token, epochs=rows, verdicts=[about | said], ends=[end])
    (found,) = client.trial(about["trial"]).diagnosis
    assert (found.cause, found.confidence, found.checks) == ("lr_too_high", 0.9, ["diverging"])
    assert [t.id for t in client.trials(study, cause="lr_too_high")] == [about["trial"]]
    made = client.repair(about["trial"], check="diverging")
    assert (made.repair_of, made.patch) == (about["trial"], remedy["patch"])
    other = client.repair(about["trial"], patch={"epochs": 3})
    assert client.trial(about["trial"]).repaired_by == [made.id, other.id]
    again = client.rejudge(about["trial"], checks={"plateau": {"flat": 0.1}}, profile="cheap")
    assert again.kept is False
    assert "diverging" in again.changed
    assert client.rejudge(about["trial"], keep=True).kept is True
    with pytest.raises(Refused, match=r"checks\.plateau\.flat"):
        client.rejudge(about["trial"], checks={"plateau": {"flat": 9}})


def test_many_files_go_in_several_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sitter.parcel.MOST_BYTES", 10)
    files = [(trial, "a", b"x" * size) for trial, size in enumerate([4, 4, 4, 25, 1])]
    bodies = list(parcels(files))
    lines = [json.loads(body.partition(b"\n")[0])["files"] for body in bodies]
    assert [[file["trial"] for file in line] for line in lines] == [[0, 1], [2], [3], [4]]
    assert [len(body.partition(b"\n")[2]) for body in bodies] == [8, 4, 25, 1]
    assert list(parcels([])) == []


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
