"""What is wrong with a trial, its remedy, and judging it again, from the command line."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sitter.cli import main
from sitter.client import Sitter

Run = Callable[..., tuple[int, str, str]]

CAUSES = [
    {"cause": "lr_too_high", "confidence": 0.86, "checks": ["diverging", "plateau"]},
    {"cause": "saturation", "confidence": 0.31, "checks": ["plateau"]},
]
REMEDY = {"text": "Lower lr; try 0.1.", "patch": {"optimizer.lr": 0.1}}
FACTS = {"classes": 10, "loss": "cross_entropy", "lr": 1000.0}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str) -> Run:
    """Runs `sitter <words>`; exit code, stdout, stderr."""
    monkeypatch.setenv("SITTER_URL", url)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["sitter", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


@pytest.fixture
def sick(client: Sitter) -> int:
    """A trial at lr 1000 that diverged, with a diagnosis and a remedy; its id."""
    return ended(client, CAUSES)


def ended(client: Sitter, causes: list[dict[str, Any]]) -> int:
    study = client.submit({"name": "s", "trials": 0}).id
    client.enqueue(study, {"optimizer.lr": 1000.0})
    claim = client.claim({"name": "w"}, study=study)
    assert claim is not None
    about = {"trial": claim.assignments[0].trial, "attempt": 1}
    rows = [
        about | {"epoch": n, "train_loss": 9.0 * n, "val_loss": 9.0 * n, "val_accuracy": 0.102}
        for n in (1, 2, 3)
    ]
    said = [
        {"check": "diverging", "severity": "warning", "summary": "[b]It grows.", "remedy": REMEDY},
        {"check": "plateau", "severity": "pass", "summary": "It moves."},
    ]
    client.finish(
        claim.lease,
        claim.token,
        known=[about | {"facts": FACTS}],
        epochs=rows,
        verdicts=[about | each for each in said],
        ends=[about | {"state": "complete", "diagnosis": causes}],
    )
    return int(about["trial"])


def test_the_likeliest_cause_is_the_first_line(run: Run, sick: int) -> None:
    code, out, _ = run("trial", "show", str(sick))
    first, second, *_ = out.splitlines()
    assert code == 0
    assert first == "Likely cause: the learning rate is too high (0.86): [b]It grows."
    said = "Also possible: units at the flat ends of their activation (0.31), plateau"
    assert second == said
    shown = json.loads(run("trial", "show", str(sick), "--json")[1])
    assert shown["diagnosis"] == CAUSES


def test_an_unknown_cause_says_where_to_look(run: Run, client: Sitter) -> None:
    unknown = {"cause": "no_learning", "confidence": 0.25, "checks": ["diverging", "plateau"]}
    out = run("trial", "show", str(ended(client, [unknown])))[1]
    assert out.startswith("Cause unknown. Look at diverging, plateau.\n")


def test_a_healthy_trial_begins_with_its_result(run: Run, client: Sitter) -> None:
    out = run("trial", "show", str(ended(client, [])))[1]
    assert out.startswith("Trial 0 of study 1 (lr 1000): complete, 10.2 %")


def test_a_remedy_is_trained(run: Run, sick: int, client: Sitter) -> None:
    code, out, _ = run("trial", "repair", str(sick), "--check", "diverging")
    assert code == 0
    assert out == (
        "Trial 1 of study 1 waits (id 2): trial 1 with lr 0.1\n"
        "See what comes of it: sitter trial show 2\n"
    )
    assert client.trial(2).params == {"optimizer.lr": 0.1}
    out = run("trial", "show", "2")[1]
    assert "Repairs trial 0 (id 1): lr 1000 → 0.1; validation accuracy 10.2 % → –" in out


def test_a_change_of_ones_own(run: Run, sick: int) -> None:
    words = ("--set", "optimizer.lr=1e-2", "--set", "model.hidden=[8, 8]", "--json")
    made = json.loads(run("trial", "repair", str(sick), *words)[1])
    assert made["patch"] == {"optimizer.lr": 0.01, "model.hidden": [8, 8]}
    assert made["repair_of"] == sick


def test_what_a_repair_needs_is_told(run: Run, sick: int, client: Sitter) -> None:
    code, out, err = run("trial", "repair", str(sick))
    assert (code, out) == (2, "")
    assert "--check diverging (lr 0.1)" in " ".join(err.replace("│", " ").split())
    both = ("--check", "diverging", "--set", "epochs=3")
    assert run("trial", "repair", str(sick), *both)[0] == 2
    assert run("trial", "repair", str(sick), "--set", "epochs")[0] == 2
    code, _, err = run("trial", "repair", str(sick), "--check", "plateau")
    assert (code, "no remedy" in err) == (4, True)
    code, _, err = run("trial", "repair", str(sick), "--set", "epocs=3")
    assert (code, "did you mean 'epochs'?" in err) == (2, True)
    assert run("trial", "repair", "99", "--check", "plateau")[0] == 3
    assert len(list(client.trials(1))) == 1


def test_judged_again(run: Run, sick: int, client: Sitter) -> None:
    code, out, _ = run("trial", "rejudge", str(sick))
    assert code == 0
    assert "■ fatal  diverging" in out
    assert "Something else was said before by " in out
    assert "Nothing was stored" in out
    words = [f"diverging.{name}={999 - n}" for n, name in enumerate(("hopeless", "far", "worse"))]
    given = [word for each in (*words, "diverging.risen=99") for word in ("--set", each)]
    said = json.loads(run("trial", "rejudge", str(sick), *given, "--json")[1])
    assert {v["check"]: v["severity"] for v in said["verdicts"]}["diverging"] == "pass"
    assert {v.check: v.summary for v in client.trial_verdicts(sick)}["plateau"] == "It moves."
    out = run("trial", "rejudge", str(sick), "--keep")[1]
    assert "Kept. Something else was said before by " in out
    assert "Kept; nothing has changed." in run("trial", "rejudge", str(sick), "--keep")[1]
    assert "The stored verdicts say the same." in run("trial", "rejudge", str(sick))[1]
    assert run("trial", "rejudge", str(sick), "--profile", "none", "--json")[0] == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("diverging.fra=3", "did you mean 'far'?"),
        ("diverging.far=0", "diverging"),
        ("diverging=3", "names no threshold"),
        ("diverging.far", "has no value"),
    ],
)
def test_bad_thresholds_are_usage_errors(run: Run, sick: int, given: str, says: str) -> None:
    code, out, err = run("trial", "rejudge", str(sick), "--set", given)
    assert (code, out) == (2, "")
    assert says in " ".join(err.replace("│", " ").split())
