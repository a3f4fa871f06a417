"""Which classes the model takes for which."""

from typing import Any

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.scene import Confusion as Counts
from service.dashboard.figures.scene import TrialScene

MISSING = "It comes when the trial ends, after its first epoch at the earliest."
NEVER = "This run did not measure it; evaluation.confusion: true in its recipe asks for it."
SCALE = [[0, "rgba(213, 94, 0, 0.06)"], [1, "rgba(213, 94, 0, 0.6)"]]
MOST_NUMBERED = 12  # classes whose cells have room for a number
LONGEST = 12  # characters of a class beside its row


class Confusion(TrialFigure):
    """A bright cell off the diagonal is a pair of classes that the model cannot tell apart."""

    title = "Confusion: which classes does it mix up?"
    order = 90
    file = "confusion.json"

    def draw(self, scene: TrialScene) -> Drawing:
        if scene.confusion is None:
            return drawing.empty(NEVER if scene.ended else MISSING)
        found = scene.confusion
        names = [_short(name) for name in found.labels]
        ticks: dict[str, Any] = {"tickvals": [*range(len(names))], "ticktext": names}
        ends = len(names) - 0.5
        return drawing.figure(
            [_cells(found), *_numbers(found)],
            caption=_caption(found),
            xaxis=drawing.axis("Predicted class", range=(-0.5, ends), showgrid=False, **ticks),
            yaxis=drawing.axis("True class", range=(ends, -0.5), showgrid=False, **ticks),
        )


def _cells(found: Counts) -> dict[str, Any]:
    """Coloured by the share of the true class; hits are left blank, so that mistakes show."""
    places = range(len(found.counts))
    shares = [[n / max(1, sum(row)) for n in row] for row in found.counts]
    return {
        "type": "heatmap",
        "x": list(places),
        "y": list(places),
        "z": [
            [None if i == j or not n else round(n, 4) for j, n in enumerate(row)]
            for i, row in enumerate(shares)
        ],
        "text": [[_says(found, i, j) for j in places] for i in places],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverongaps": False,
        "colorscale": SCALE,
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
    }


def _says(found: Counts, true: int, predicted: int) -> str:
    number = words.counted(found.counts[true][predicted], "sample")
    taken, whole = found.labels[true], sum(found.counts[true])
    share = words.percent(found.counts[true][predicted] / max(1, whole))
    return drawing.plain(f"{number} of {taken} taken for {found.labels[predicted]}: {share}")


def _numbers(found: Counts) -> list[dict[str, Any]]:
    if len(found.counts) > MOST_NUMBERED:
        return []
    cells = [(i, j, n) for i, row in enumerate(found.counts) for j, n in enumerate(row) if n]
    return [
        {
            "type": "scatter",
            "mode": "text",
            "x": [j for _, j, _ in cells],
            "y": [i for i, _, _ in cells],
            "text": [words.count(n) for *_, n in cells],
            "textfont": {"color": drawing.INK},
            "hoverinfo": "skip",
        }
    ]


def _caption(found: Counts) -> str:
    wrong = [
        (n, i, j) for i, row in enumerate(found.counts) for j, n in enumerate(row) if n and i != j
    ]
    whole = sum(map(sum, found.counts))
    if not wrong:
        return f"All {words.count(whole)} samples are classified right, after the last epoch."
    most, true, predicted = max(wrong, key=lambda cell: cell[0])
    total = sum(n for n, _, _ in wrong)
    return (
        f"{words.count(total)} of {words.count(whole)} samples are wrong after the last epoch; "
        f"most often {found.labels[true]} is taken for {found.labels[predicted]} "
        f"({words.count(most)})."
    )


def _short(name: str) -> str:
    return drawing.plain(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")
