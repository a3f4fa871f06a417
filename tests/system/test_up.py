"""`sitter up` as its user runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import migrations
from sitter.client import Sitter
from sitter.fleet.local import free_port

MIGRATIONS = Path(migrations.__file__).parent

pytestmark = [pytest.mark.system, pytest.mark.timeout(150)]

STUDY = """
name: small
recipe: {model: {name: mlp, hidden: [16]}, epochs: %d}
space: {optimizer.lr: {log_uniform: [1e-2, 3e-1]}}
trials: 3
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sitter.cli", *arguments]


def test_submit_shows_the_answer_and_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY % 3)
    port = free_port("127.0.0.1", 0)
    done = subprocess.run(
        command("up", "--workers", "1", "--port", str(port), "--submit", "study.yaml"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Best: lr" in done.stdout
    assert "overfit_subset" in done.stdout
    assert f"http://127.0.0.1:{port}/studies/1" in done.stdout
    assert done.stderr == ""
    with Sitter(f"http://127.0.0.1:{port}") as client:
        assert not client.ready()
    assert (tmp_path / "sitter.db").exists()


def test_ctrl_c_gives_running_trials_back(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY % 100_000)
    port = free_port("127.0.0.1", 0)
    up = subprocess.Popen(
        command("up", "--workers", "1", "--port", str(port), "--submit", "study.yaml"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    with Sitter(f"http://127.0.0.1:{port}", patience=60) as client:
        deadline = time.monotonic() + 60
        while not any(s.counts["running"] for s in client.studies()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    up.send_signal(signal.SIGINT)
    output, _ = up.communicate(timeout=30)
    assert up.returncode == 0
    assert "given back" in output

    # What is kept says so: served again, the trials wait.
    environment = os.environ | {"SITTER_PORT": str(port)}
    serve = subprocess.Popen(command("serve"), cwd=tmp_path, env=environment)
    with Sitter(f"http://127.0.0.1:{port}", patience=60) as client:
        study = client.study(1)
        assert (study.counts["running"], study.counts["waiting"]) == (0, 3)
        assert client.trial(1).attempt_list[0].state == "released"
    serve.send_signal(signal.SIGTERM)
    serve.wait(timeout=30)


def test_a_second_signal_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0)
    up = subprocess.Popen(
        command("up", "--workers", "1", "--port", str(port)), cwd=tmp_path, stdout=subprocess.PIPE
    )
    with Sitter(f"http://127.0.0.1:{port}", patience=60) as client:
        assert list(client.studies()) == []
        up.send_signal(signal.SIGTERM)
        time.sleep(0.15)  # it is stopping by now
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=30)
        assert up.returncode == 0
        assert not client.ready()


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"SITTER_DATABASE_URL": "sqlite:////no/such/folder/x.db"}, "cannot open the database"),
        ({"SITTER_DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x"}, "cannot open"),
        ({"SITTER_HOST": "203.0.113.1", "SITTER_TOKEN": "x" * 16}, "cannot listen"),
    ],
)
def test_what_keeps_it_from_starting_is_one_sentence(
    tmp_path: Path, environment: dict[str, str], says: str
) -> None:
    done = subprocess.run(
        command("serve"),
        env=os.environ | environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            command("up", "--port", str(port)), cwd=tmp_path, capture_output=True, text=True
        )
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr


def test_migrations_from_the_command(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    environment = os.environ | {"SITTER_DATABASE_URL": url}

    def db(*words: str) -> str:
        return subprocess.run(
            command("db", *words), env=environment, capture_output=True, text=True, check=True
        ).stdout

    newest = max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]
    assert f"at revision {newest}" in db("upgrade")
    assert "at revision none" in db("downgrade", "base")
    assert f"at revision {newest}" in db("upgrade")


def test_a_service_that_cannot_start_says_why(tmp_path: Path) -> None:
    environment = os.environ | {"SITTER_HOST": "0.0.0.0"}
    done = subprocess.run(
        command("serve"), env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "SITTER_TOKEN must be set" in done.stderr


def test_json_only_on_stdout(tmp_path: Path) -> None:
    """`--json` is complete, and the only thing on stdout, so that it can be piped."""
    (tmp_path / "study.yaml").write_text(STUDY % 2)
    port = free_port("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port}"
    up = subprocess.Popen(
        command("up", "--workers", "1", "--port", str(port)), cwd=tmp_path, stdout=subprocess.PIPE
    )
    try:
        with Sitter(url, patience=60) as client:
            assert client.ready() or list(client.studies()) == []
        done = subprocess.run(
            command("study", "submit", "study.yaml", "--watch", "--json", "--url", url),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        study = json.loads(done.stdout)
        assert (study["state"], study["counts"]["complete"]) == ("complete", 3)
        assert study["verdicts"]["non_finite"]["pass"] == 3
    finally:
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=30)
    assert up.returncode == 0
