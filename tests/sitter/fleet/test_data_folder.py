"""A worker reads data files in its own folder, and fails a trial with what is wrong with one."""

from pathlib import Path

import pytest

from sitter.client import Sitter
from sitter.fleet import worker as worker_module
from sitter.fleet.worker import Worker, main

STUDY = {"name": "s", "recipe": {"epochs": 1, "data": {"name": "csv"}}, "trials": 1}
ROWS = "x,target\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(40))


def trained(client: Sitter, folder: Path) -> str | None:
    """The trial's state and why it failed."""
    client.submit(STUDY)
    claim = client.claim({"name": "w"})
    assert claim is not None
    Worker(client, on="cpu", folder=str(folder)).train(claim)
    trial = client.trial(claim.assignments[0].trial)
    return trial.reason if trial.state == "failed" else trial.state


def test_a_trial_reads_the_workers_folder(client: Sitter, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(ROWS)
    assert trained(client, tmp_path) == "complete"


def test_a_trial_fails_with_file_and_reason(client: Sitter, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(ROWS + "40\n")
    said = trained(client, tmp_path) or ""
    assert said.startswith("data.csv: is no table, or is damaged: ")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("variable", "options", "folder"),
    [
        (None, [], "data"),
        ("", [], "data"),
        ("/a", [], "/a"),
        ("/a", ["--data", "/b"], "/b"),
    ],
    ids=["neither", "empty", "variable", "option"],
)
def test_where_the_folder_is_named(
    variable: str | None,
    options: list[str],
    folder: str,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
) -> None:
    seen = []
    monkeypatch.setattr(worker_module.signal, "signal", lambda *_: None)
    monkeypatch.setattr(Worker, "work", lambda self, study: seen.append(self.folder))
    monkeypatch.delenv("SITTER_DATA_DIR", raising=False)
    if variable is not None:
        monkeypatch.setenv("SITTER_DATA_DIR", variable)
    assert main(["--url", url, "--device", "cpu", *options]) == 0
    assert seen == [folder]
