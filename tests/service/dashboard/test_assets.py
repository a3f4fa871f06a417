"""What serving the pages may cost before the first request."""

import subprocess
import sys

HEAVY = ("plotly", "torch", "optuna", "playwright")


def test_starting_the_service_imports_nothing_heavy() -> None:
    script = f"import sys, service.app; print([m for m in {HEAVY} if m in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"
