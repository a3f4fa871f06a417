"""The service reads recipes without paying for torch; `trainer.run` loads it on first use."""

import subprocess
import sys

import pytest

import trainer
from trainer.loop import run

LIGHT = ["trainer", "trainer.recipe", "trainer.menu", "trainer.events", "trainer.errors"]
SHOW = f"""
import importlib, sys
for name in {LIGHT}:
    importlib.import_module(name)
    print(name, "torch" in sys.modules, "sklearn" in sys.modules)
"""


def test_no_torch() -> None:
    command = [sys.executable, "-c", SHOW]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == [f"{name} False False" for name in LIGHT]


def test_run_is_loaded_on_first_use() -> None:
    assert trainer.run is run
    with pytest.raises(AttributeError, match="has no attribute 'walk'"):
        trainer.walk  # noqa: B018  # reading it is the test
