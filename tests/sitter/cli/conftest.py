"""The command's output is as wide as `COLUMNS` says, whichever test printed first."""

import pytest

from sitter.cli import output


@pytest.fixture(autouse=True)
def _any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """rich keeps the width that it found when the console was made."""
    monkeypatch.setattr(output.console, "_width", None)
