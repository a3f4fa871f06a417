"""CSV that a spreadsheet reads as data, whatever was typed into Sitter."""

import csv
import io
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.dashboard.sheets import FORMULA, cell, file_name, written


def test_cells_are_what_a_spreadsheet_takes() -> None:
    assert cell(None) == ""
    assert cell(0.1) == 0.1
    assert cell(-5) == -5
    assert cell(True) == "true"
    assert cell([1, 2]) == "[1, 2]"
    assert cell({"name": "elu"}) == '{"name": "elu"}'
    assert cell(datetime(2026, 11, 21, 7, 24, tzinfo=UTC)) == "2026-11-21T07:24:00+00:00"
    assert cell('plain, "text"\n') == 'plain, "text"\n'
    assert cell("=1+1") == "'=1+1"


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_no_text_begins_a_formula_and_none_is_lost(rows: list[list[str]]) -> None:
    parts = list(written([["a", "b"]], rows))
    read = list(csv.reader(io.StringIO("".join(parts), newline="")))[1:]
    assert [[text.removeprefix("'") for text in row] for row in read] == [
        [text.removeprefix("'") for text in row] for row in rows
    ]
    assert not any(text.startswith(FORMULA) for row in read for text in row)


def test_a_long_table_comes_in_parts() -> None:
    parts = list(written([["n"]], ([n] for n in range(1200))))
    assert len(parts) == 3
    assert "".join(parts).splitlines() == ["n", *map(str, range(1200))]


def test_a_file_name_has_no_odd_characters() -> None:
    assert file_name('../a b\u202e"c\r\nd') == "a-b-c-d"
    assert file_name("\u202e") == "table"
