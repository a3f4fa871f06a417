"""What holds for the figures that need more than points, whatever a study holds."""

import json

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings

from service.dashboard.figures import STUDY_FIGURES, StudyScene
from tests.service.dashboard.figures.study import scenes


@pytest.mark.parametrize("name", ["curves", "parallel", "rungs", "timeline"])
@settings(deadline=None, max_examples=25)
@given(scene=scenes.STUDIES)
def test_it_is_drawn_or_says_what_will_come(name: str, scene: StudyScene) -> None:
    drawing = STUDY_FIGURES.load(name)().draw(scene)
    json.dumps(drawing, allow_nan=False)
    go.Figure(drawing)
    meta = drawing["layout"]["meta"]
    assert meta["caption"] if drawing["data"] or "drawn_by" in meta else meta["empty"]
