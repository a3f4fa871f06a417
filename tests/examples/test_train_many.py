"""The example of trials trained as one model, run as a user would."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_many.py"


def test_it_ends_with_the_best_points() -> None:
    command = [sys.executable, str(EXAMPLE), "--points", "3", "--epochs", "3"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    best = re.findall(r"^(\d+\.\d)%  lr (\S+)  weight decay (\S+)$", ended.stdout, re.MULTILINE)
    assert len(best) == 5
    scores = [float(score) for score, _, _ in best]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 90
    assert "27/27" in ended.stdout
