"""The service starts without paying for the samplers: Optuna and scipy come on first use."""

import subprocess
import sys

HEAVY = {"optuna", "scipy", "torch", "sqlalchemy"}
SHOW = f"import sys, service.search; print(*({HEAVY} & set(sys.modules)))"


def test_importing_the_package_is_cheap() -> None:
    command = [sys.executable, "-c", SHOW]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
