"""Fills a service through its API, as workers would, for tests of the pages."""

import math
from typing import Any

from tests.service.desk import Desk, epoch, held, verdict

PLANE = {
    "optimizer.lr": {"log_uniform": [1e-4, 1.0]},
    "optimizer.weight_decay": {"log_uniform": [1e-6, 1e-1]},
}
HOSTILE = "<script>alert(1)</script>\u202egnp.\U0001f4a5</td>'\"&amp;"
TRACEBACK = 'Traceback (most recent call last):\n  File "loop.py"\nValueError: <b>no</b> data'


INSIDE = {  # what the probes of the standard profile measure
    "gradient_norm": {"fc1": 0.5, "output": 2.0},
    "weight_norm": {"fc1": 8.0, "output": 3.0},
    "activation_rms": {"fc1": 1.0, "output": 4.0},
    "activation_spread": {"fc1": 0.5, "output": 0.7},
    "dead_units": {"relu1": 0.25},
}
CONFUSION = b"[[8, 1], [0, 9]]"


def at(desk: Desk, lr: float, weight_decay: float = 1e-4, **study: Any) -> dict[str, Any]:
    """A study with one given point, claimed; the study's own points are none."""
    made = desk.submit(space=PLANE, trials=0, **study)
    return point(desk, made["id"], lr, weight_decay)


def point(desk: Desk, study: int, lr: float, weight_decay: float = 1e-4) -> dict[str, Any]:
    """One more given point of a study, claimed."""
    params = {"optimizer.lr": lr, "optimizer.weight_decay": weight_decay}
    reply = desk.http.post(f"/v1/studies/{study}/trials", json={"points": [params]})
    assert reply.status_code == 201, reply.text
    claim = desk.claim(study=study)
    assert claim is not None
    return claim


def healthy(desk: Desk, claim: dict[str, Any], value: float = 0.974) -> int:
    """Trains the claimed trial to `value`; the trial's id."""
    [about] = held(claim)
    rows = [_row(about, n, value * n / 5) for n in range(1, 6)]
    first = about | {"epoch": 0, "signals": {"initial_loss": 2.39}}
    said = [
        verdict(
            about,
            "initial_loss",
            severity="pass",
            scope="shape",
            summary="The initial loss is 2.39; log C = 2.303 is what knows nothing.",
            evidence={"initial_loss": 2.39, "expected": math.log(10), "classes": 10},
            first_epoch=0,
            last_epoch=0,
        ),
        verdict(
            about,
            "update_ratio",
            severity="note",
            summary="Layer `fc1` moves by 2e-2 of its weights a step.",
            evidence={"layers": {"fc1": 0.02, "output": 0.001}, "epochs": [1, 2, 3]},
            remedy={"text": "Lower lr to 0.01.", "patch": {"optimizer.lr": 0.01}},
            first_epoch=1,
            last_epoch=5,
        ),
    ]
    desk.report(claim, epochs=[first, *rows], verdicts=said)
    keep(desk, claim, "confusion.json", CONFUSION)
    desk.finish(claim, ends=[about | {"state": "complete"}])
    return int(about["trial"])


def keep(desk: Desk, claim: dict[str, Any], name: str, content: bytes) -> None:
    """A file of the claimed trial."""
    [about] = held(claim)
    stored = desk.http.put(
        f"/v1/leases/{claim['lease']}/trials/{about['trial']}/artifacts/{name}",
        content=content,
        headers={"Lease-Token": claim["token"]},
    )
    assert stored.status_code == 204, stored.text


def diverged(desk: Desk, claim: dict[str, Any]) -> int:
    """Two epochs, then nan and a fatal verdict; the trial's id."""
    [about] = held(claim)
    rows = [_row(about, 1, 0.1, loss=3.0), _row(about, 2, 0.1, loss=48.0)]
    rows.append(_row(about, 3, None, loss=None))
    said = verdict(
        about,
        "non_finite",
        severity="fatal",
        summary="The loss is not finite since epoch 3: lr 0.9 is too high.",
        first_epoch=3,
        last_epoch=3,
    )
    desk.report(claim, epochs=rows, verdicts=[said])
    desk.finish(claim)
    return int(about["trial"])


def failed(desk: Desk, claim: dict[str, Any], reason: str = TRACEBACK) -> int:
    """The trial's recipe or code is wrong; the trial's id."""
    [about] = held(claim)
    desk.finish(claim, ends=[about | {"state": "failed", "reason": reason}])
    return int(about["trial"])


def study_of_each(desk: Desk, **study: Any) -> tuple[int, dict[str, int]]:
    """A study with a trial of several states; its id and the trials by name."""
    first = at(desk, 0.031, 2.1e-4, **study)
    number = int(first["study"])
    trials = {"good": healthy(desk, first)}
    trials["worse"] = healthy(desk, point(desk, number, 0.0012), value=0.61)
    trials["diverged"] = diverged(desk, point(desk, number, 0.9))
    trials["failed"] = failed(desk, point(desk, number, 0.5))
    running = point(desk, number, 0.2)
    [about] = held(running)
    desk.report(running, epochs=[_row(about, 1, 0.4)])
    trials["running"] = int(about["trial"])
    return number, trials


def _row(
    about: dict[str, Any], number: int, value: float | None, loss: float | None = 1.0
) -> dict[str, Any]:
    signals = {"update_ratio": {"fc1": 0.02 if loss else None, "output": 0.001}} | INSIDE
    return epoch(
        about,
        number,
        train_loss=loss,
        val_loss=loss,
        train_accuracy=value,
        val_accuracy=value,
        seconds=0.1,
        signals=signals,
    )
