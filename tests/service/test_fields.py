"""What SQL and browsers can keep of what strangers send."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.fields import MOST_NESTING, storable

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.just("\0"),
    st.just("\ud800"),
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def nesting(value: object) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value
    return 1 + max(map(nesting, inner), default=0) if isinstance(inner, list) else 0


@given(st.dictionaries(st.text(), JSON))
@example({"signals": {"fc1": math.nan, "fc2": [math.inf, 1.0]}})
@example({"a\0": "b\ud800", "c": {"d": ["\n"]}})
def test_what_is_stored_can_be_written_anywhere(document: dict) -> None:
    if nesting(document) > MOST_NESTING:
        with pytest.raises(ValueError, match="nested more than 8 deep"):
            storable(document)
        return
    written = json.dumps(storable(document), allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in written
    written.encode()


@given(st.dictionaries(st.text("abc_é ", max_size=5), JSON))
def test_what_is_sound_stays_as_it_is(document: dict) -> None:
    try:
        text = json.dumps(document, allow_nan=False)
    except ValueError:
        return
    if "\\u0000" in text or "\\ud800" in text or nesting(document) > MOST_NESTING:
        return
    assert storable(document) == document


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_the_depth_is_counted_alike_in_lists_and_sections(kind: str) -> None:
    def nested(levels: int) -> dict:
        value: object = 1.0
        for _ in range(levels):
            value = [value] if kind == "list" else {"x": value}
        return {"x": value}

    assert storable(nested(MOST_NESTING - 1)) == nested(MOST_NESTING - 1)
    with pytest.raises(ValueError, match="nested more than 8 deep"):
        storable(nested(MOST_NESTING))
