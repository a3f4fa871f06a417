"""What two writers do at the same moment."""

import threading

from service.settings import Settings
from tests.service.desk import Desk, held


def test_the_last_two_trials_end_at_once_and_the_study_completes(desk: Desk) -> None:
    for _ in range(10):
        study = desk.submit(trials=2)["id"]
        claims = [desk.claim(worker=name, study=study) for name in "ab"]
        ready = threading.Barrier(2)

        def end(claim: dict, ready: threading.Barrier = ready) -> None:
            ready.wait()
            desk.finish(claim, ends=[held(claim)[0] | {"state": "complete"}])

        threads = [threading.Thread(target=end, args=(claim,)) for claim in claims]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert desk.study(study)["state"] == "complete"


def test_cancel_while_many_report(desk: Desk, settings: Settings) -> None:
    """No deadlock, no error, and nothing runs afterwards."""
    study = desk.submit(trials=16, stopping={"name": "median", "min_peers": 1})["id"]
    claims = [desk.claim(worker=f"w{i}", study=study) for i in range(8)]
    failed: list[str] = []

    def work(claim: dict) -> None:
        (about,) = held(claim)
        for epoch in range(1, 15):
            row = about | {"epoch": epoch, "val_accuracy": 0.5}
            reply = desk.send(claim, epochs=[row], free_slots=1)
            if reply.status_code != 200:
                failed.append(reply.text)
            elif reply.json()["stop"]:
                break
        desk.send(claim, "finish")

    threads = [threading.Thread(target=work, args=(claim,)) for claim in claims]
    for thread in threads:
        thread.start()
    desk.http.patch(f"/v1/studies/{study}", json={"state": "cancelled"})
    for thread in threads:
        thread.join()
    assert failed == []
    counts = desk.study(study)["counts"]
    assert counts["running"] == counts["waiting"] == 0
