"""The example runs as a stranger would run it, and takes as few lines as it says."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "monitor.py"


def output(*arguments: str) -> list[str]:
    command = [sys.executable, str(EXAMPLE), *arguments]
    environment = {"PYTHONPATH": str(EXAMPLE.parents[1]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.splitlines()


def test_takes_eight_lines() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    marked = [line for line in lines if line.endswith("# watch")]
    names = ("monitor.", "Monitor", "before", "sample")
    touched = [line for line in lines[5:] if any(name in line for name in names)]
    assert len(marked) <= 8
    assert touched == marked


def test_a_good_lr_is_healthy() -> None:
    assert any(line.startswith("Healthy after 10 epochs") for line in output())


@pytest.mark.parametrize(("lr", "words"), [("1000", "lr 1000"), ("1e-7", "lr 1e-7 is too low")])
def test_a_bad_lr_is_named(lr: str, words: str) -> None:
    answer = next(line for line in output("--lr", lr) if line.startswith("Not healthy"))
    assert words in answer
    assert "optimizer" not in answer
