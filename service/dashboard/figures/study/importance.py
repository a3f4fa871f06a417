"""Which of the searched settings matter: the share of the objective's variance each explains."""

from typing import Any, ClassVar

from diagnostics.words import sentence
from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.figure import Drawing, Need, StudyFigure
from service.dashboard.figures.scene import StudyScene

MOST = 10  # settings with a bar
LITTLE = 0.02  # of the variance: less is chance, more or less
LONGEST = 24  # characters of a name
CATEGORIES: dict[str, Any] = {
    "type": "category",
    "autorange": "reversed",
    "fixedrange": True,
    "showgrid": False,
}


class Importance(StudyFigure):
    """Functional analysis of variance, on the scale that is searched."""

    title = "Which settings matter"
    order = 50
    columns = 6
    needs: ClassVar[frozenset[Need]] = frozenset({"importance"})

    def draw(self, scene: StudyScene) -> Drawing:
        if not scene.importance:
            return drawing.empty("Appears once ten trials are complete and differ in their result.")
        shown = scene.importance[:MOST]
        return drawing.figure(
            [_bars(shown)],
            caption=_caption(scene),
            xaxis=drawing.axis("Share explained, %", range=(0, 108)),
            yaxis=drawing.axis("", **CATEGORIES),
            margin={**drawing.MARGIN, "t": 4},
            bargap=0.6,
        )


def _bars(shown: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    percents = [_percent(share) for _, share in shown]
    return {
        "type": "bar",
        "orientation": "h",
        "x": [round(100 * share, 1) for _, share in shown],
        "y": [drawing.plain(_name(path)) for path, _ in shown],
        "text": percents,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [
            drawing.plain(f"{path}: {percent}")
            for (path, _), percent in zip(shown, percents, strict=True)
        ],
        "hoverinfo": "text",
        "marker": {"color": drawing.SERIES[0]},
    }


def _percent(share: float) -> str:
    """In whole percents: another seed of the estimate changes them by one or two."""
    return f"{100 * share:.0f} %" if share >= 0.005 else "under 1 %"


def _name(path: str) -> str:
    """Short, and in full where two settings would be called the same."""
    short = words.path(path) if path in words.PATHS else path
    return short if len(short) <= LONGEST else "…" + short[-LONGEST + 1 :]


def _caption(scene: StudyScene) -> str:
    first, share = scene.importance[0]
    metric = words.metric(scene.metric)
    said = sentence(f"{words.path(first)} alone explains {_percent(share)} of the ")
    said += f"differences in {metric}"
    left = 1.0 - sum(part for _, part in scene.importance)
    if left > LITTLE:
        said += f"; {_percent(left)} is left to combinations of settings and to chance"
    more = len(scene.importance) - MOST
    said += f". The {MOST} that matter most of {len(scene.importance)}" if more > 0 else ""
    return f"{said}. Complete {scene.noun}s only."
