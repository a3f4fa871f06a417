"""No row of a page's grid is left half empty."""

from hypothesis import given
from hypothesis import strategies as st

from service.dashboard.figures import STUDY_FIGURES
from service.dashboard.figures.panels import WIDTH, filled, panels
from service.dashboard.views import Panel

WIDTHS = st.lists(st.integers(3, WIDTH), max_size=9)


def rows(shown: tuple[Panel, ...]) -> list[int]:
    """How wide each row becomes, as the grid breaks them."""
    found: list[int] = []
    for panel in shown:
        if not found or found[-1] + panel.columns > WIDTH:
            found.append(0)
        found[-1] += panel.columns
    return found


@given(WIDTHS)
def test_every_row_is_full(widths: list[int]) -> None:
    given_panels = [Panel(str(i), "", "", width) for i, width in enumerate(widths)]
    shown = filled(given_panels)
    assert [panel.name for panel in shown] == [panel.name for panel in given_panels]
    assert all(now.columns >= was for now, was in zip(shown, widths, strict=True))
    assert set(rows(shown)) <= {WIDTH}


def test_a_panel_can_be_left_out() -> None:
    every = {panel.name for panel in panels(STUDY_FIGURES, "/v1")}
    some = {panel.name for panel in panels(STUDY_FIGURES, "/v1", without=["rungs"])}
    assert every - some == {"rungs"}
