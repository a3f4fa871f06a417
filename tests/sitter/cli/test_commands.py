"""Every word of the command, in this process, against a real service."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sitter.cli import main
from sitter.cli.watch import watch
from sitter.client import Sitter

Run = Callable[..., tuple[int, str, str]]

SIGNALS = {"val_top_5": 0.94, "fold_val_loss": {"fold 1": 0.5, "[red]fold 2": 0.6}}
STUDY = """
name: "[bold]hostile[/] & <b>"
recipe: {epochs: 2}
space:
  optimizer.lr: {log_uniform: [1e-3, 1.0]}
  optimizer.weight_decay: {log_uniform: [1e-6, 1e-1]}
trials: 3
"""


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path
) -> Run:
    """Runs `sitter <words>`; exit code, stdout, stderr."""
    (tmp_path / "study.yaml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SITTER_URL", url)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["sitter", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return int(code or 0), out, err

    return command


@pytest.fixture
def trained(client: Sitter) -> int:
    """A study of three trials: good, better, diverged."""
    import yaml

    study = client.submit(yaml.safe_load(STUDY)).id
    claim = client.claim({"name": "w"}, slots=3)
    assert claim is not None
    about = [{"trial": a.trial, "attempt": a.attempt} for a in claim.assignments]
    for number in (1, 2):
        rows = [
            a | {"epoch": number, "val_accuracy": v, "train_loss": 0.3, "lr": 0.1, "seconds": 0.1}
            for a, v in zip(about, (0.91, 0.974, 0.1), strict=True)
        ]
        client.report(claim.lease, claim.token, epochs=rows)
    remedy = {"text": "Lower lr; try 0.01.", "patch": {"optimizer.lr": 0.01}}
    said = {"check": "diverging", "severity": "fatal", "summary": "lr 0.9 is too high."}
    fatal = about[2] | said | {"remedy": remedy}
    good = about[0] | {"check": "plateau", "severity": "pass", "summary": "It learns."}
    ends = [a | {"state": "complete"} for a in about[:2]]
    client.finish(claim.lease, claim.token, verdicts=[fatal, good], ends=ends)
    return study


def test_submit_says_where_to_look(run: Run) -> None:
    code, out, err = run("study", "submit", "study.yaml")
    assert (code, err) == (0, "")
    assert "Study 1 submitted: 3 trials" in out
    assert "/studies/1" in out
    code, out, _ = run("study", "submit", "study.yaml", "--json")
    assert json.loads(out)["id"] == 2


def test_submit_of_a_bad_file_names_the_field(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: x\nrecipe: {epocs: 3}\n")
    code, out, err = run("study", "submit", "bad.yaml")
    assert (code, out) == (2, "")
    assert err == "sitter: recipe.epocs: unknown key 'epocs'; did you mean 'epochs'?\n"
    assert run("study", "submit", "none.yaml")[0] == 1


def test_watch_ends_with_the_answer(run: Run, trained: int, client: Sitter) -> None:
    client.change(trained, note="done")
    code, out, _ = run("study", "show", str(trained))
    assert code == 0
    assert out.startswith("Best: lr ")
    assert "97.4 %" in out
    assert "diverged" in out
    assert "[bold]hostile[/] & <b>" in out
    shown = json.loads(run("study", "show", str(trained), "--json")[1])
    assert shown["best"]["value"] == 0.974


def test_list(run: Run, trained: int) -> None:
    code, out, _ = run("study", "list")
    assert code == 0
    assert "97.4 %" in out
    assert "3/3" in out
    listed = json.loads(run("study", "list", "--json")[1])
    assert [s["id"] for s in listed] == [trained]
    assert "No studies yet" in run("study", "list", "--state", "paused")[1]


def test_best_is_a_recipe_for_another_study(run: Run, trained: int, tmp_path: Path) -> None:
    code, out, _ = run("study", "best", str(trained))
    assert code == 0
    (tmp_path / "next.yaml").write_text(f"name: next\n{out}trials: 0\n")
    assert run("study", "submit", "next.yaml")[0] == 0
    assert json.loads(run("study", "best", str(trained), "--json")[1])["number"] == 1


def test_enqueue(run: Run) -> None:
    run("study", "submit", "study.yaml")
    code, out, _ = run("study", "enqueue", "1", "optimizer.lr=1e3", "optimizer.weight_decay=0")
    assert (code, out) == (0, "Trial 0 of study 1 waits (id 1)\n")
    added = json.loads(run("study", "enqueue", "1", "optimizer.lr=0.5", "--json")[1])
    assert added[0]["params"] == {"optimizer.lr": 0.5}
    assert run("study", "enqueue", "1", "optimizer.lr")[0] == 2
    code, _, err = run("study", "enqueue", "1", "optimizer.lrr=1")
    assert code == 2
    assert "did you mean 'lr'" in err


def test_pause_resume_cancel(run: Run) -> None:
    run("study", "submit", "study.yaml")
    assert "paused" in run("study", "pause", "1")[1]
    assert "running" in run("study", "resume", "1")[1]
    assert "cancelled" in run("study", "cancel", "1")[1]
    code, _, err = run("study", "resume", "1")
    assert code == 4
    assert "is cancelled" in err


def test_trial(run: Run, trained: int) -> None:
    code, out, _ = run("trial", "show", "3")
    assert code == 0
    assert "infeasible" in out
    assert "lr 0.9 is too high." in out
    assert "→ Lower lr; try 0.01." in out
    shown = json.loads(run("trial", "show", "1", "--json")[1])
    assert shown["value"] == 0.91


def begun(client: Sitter, states: tuple[str, ...], **study: Any) -> tuple[int, list[int]]:
    """A study, claimed, whose trials ended in these states at 33.3 %; its id and theirs."""
    number = client.submit({"name": "s", "trials": 1, **study}).id
    claim = client.claim({"name": "w"}, slots=len(states))
    assert claim is not None
    about = [{"trial": a.trial, "attempt": a.attempt} for a in claim.assignments]
    rows = [a | {"epoch": 1, "val_accuracy": 1 / 3, "signals": SIGNALS} for a in about]
    client.report(claim.lease, claim.token, epochs=rows)
    ends = [a | {"state": state} for a, state in zip(about, states, strict=True)]
    client.finish(claim.lease, claim.token, ends=ends)
    return number, [a["trial"] for a in about]


def test_a_finished_study_without_a_result_waits_for_none(run: Run, client: Sitter) -> None:
    half, _ = begun(client, ("complete", "infeasible"), repeats=2)
    out = run("study", "show", str(half))[1]
    said = f"Study {half}: no point completed all of its repeats with a result.\n"
    assert out.startswith(said)
    assert "33.3 %" in out
    none, _ = begun(client, ("infeasible",))
    said = f"Study {none}: no trial completed with a result.\n"
    assert run("study", "show", str(none))[1].startswith(said)
    open_, _ = begun(client, ("infeasible",), trials=2)
    said = f"Study {open_}: no trial has completed with a result yet.\n"
    assert run("study", "show", str(open_))[1].startswith(said)


def test_the_last_line_of_a_watched_study_waits_for_nothing(
    client: Sitter, capsys: pytest.CaptureFixture[str]
) -> None:
    none, _ = begun(client, ("infeasible",))
    assert watch(client, none).over
    out = capsys.readouterr().out
    assert "Best none · Verdicts nothing at warning or above" in out
    assert "yet" not in out


def test_sections_of_a_point_are_written_in_words(run: Run, client: Sitter) -> None:
    smooth = {"name": "cross_entropy", "label_smoothing": 0.1}
    study, _ = begun(client, ("complete",), space={"loss": {"values": [smooth]}})
    out = run("study", "show", str(study))[1]
    assert out.startswith("Best: loss cross_entropy (label smoothing 0.1) → 33.3 %")
    assert "{" not in out


def test_what_else_was_measured(run: Run, client: Sitter) -> None:
    _, [trial] = begun(client, ("complete",))
    out = run("trial", "show", str(trial))[1]
    assert "Validation top-5 accuracy: 94.0 %\n" in out
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "fold 1 [red]fold 2" in rows
    assert "Validation loss 0.500 0.600" in rows


def test_verdicts(run: Run, trained: int) -> None:
    out = run("verdicts", "--study", str(trained), "--severity", "fatal")[1]
    assert "lr 0.9 is too high." in out
    assert "It learns." not in out
    listed = json.loads(run("verdicts", "--check", "plateau", "--json")[1])
    assert [v["severity"] for v in listed] == ["pass"]
    assert "No verdicts match" in run("verdicts", "--severity", "note")[1]


def test_checks(run: Run) -> None:
    out = run("checks")[1]
    assert "overfit_subset" in out
    assert "recipe shape" in out
    assert {c["name"] for c in json.loads(run("checks", "--json")[1])} >= {"plateau"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("study", "show", "99"), 3, "there is no study 99"),
        (("trial", "show", "99"), 3, "there is no trial 99"),
        (("verdicts", "--check", "platau"), 2, "did you mean 'plateau'"),
        (("study", "list", "--url", "http://127.0.0.1:1"), 1, "sitter up"),
    ],
)
def test_exit_codes(run: Run, words: tuple[str, ...], code: int, says: str) -> None:
    got, out, err = run(*words)
    assert (got, out) == (code, "")
    assert says in err


def test_usage_errors_are_two(run: Run) -> None:
    assert run("study", "show", "many")[0] == 2
    assert run("nonsense")[0] == 2
