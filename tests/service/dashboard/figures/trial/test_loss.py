"""The learning curve: its name, the gap, and verdicts marked at their epochs."""

from dataclasses import replace
from typing import Any

from diagnostics import History, Severity
from service.dashboard.figures import TRIAL_FIGURES, Drawing, TrialScene
from service.dashboard.figures.scene import Marked, Shape
from service.dashboard.views import Mark

SCENE = TrialScene(
    History(
        rows={
            e: {"train_loss": 2.0 / e, "val_loss": abs(e - 3) / 4 + 1.0, "lr": 0.1}
            for e in range(1, 9)
        }
    ),
    epochs=8,
    ended=True,
)


def drawn(**given: Any) -> Drawing:
    drawing: Drawing = TRIAL_FIGURES.load("loss")().draw(replace(SCENE, **given))
    return drawing


def notes(drawing: Drawing) -> dict[str, dict[str, Any]]:
    return {note["text"]: note for note in drawing["layout"]["annotations"]}


def mark(severity: Severity, check: str = "plateau", epoch: int = 4) -> Marked:
    return Marked(check, Mark(severity), f"What {check} says.", epoch)


def test_the_name_points_at_its_epoch() -> None:
    drawing = drawn(shapes=(Shape("step down too early", 4),))
    note = notes(drawing)["step down too early"]
    assert (note["x"], note["y"], note["showarrow"]) == (4, 0.5, True)
    said = drawing["layout"]["meta"]["caption"]
    assert said.startswith("Step down too early (epoch 4). Validation loss")


def test_names_are_placed_within_the_plot() -> None:
    left = notes(drawn(shapes=(Shape("a", 1),)))["a"]
    right = notes(drawn(shapes=(Shape("a", 8),)))["a"]
    assert left["ax"] > 0 > right["ax"]
    assert (left["xanchor"], right["xanchor"]) == ("left", "right")


def test_the_gap_is_tinted_from_its_epoch_on() -> None:
    gap, _, val = drawn(gap=6)["data"]
    assert gap["x"] == [6, 7, 8, 8, 7, 6]
    assert gap["y"][:3] == val["y"][5:]
    assert [round(y, 6) for y in gap["y"][:2:-1]] == [round(2.0 / e, 6) for e in (6, 7, 8)]


def test_verdicts_are_marked_at_their_epochs_the_worst_in_front() -> None:
    marks = (
        mark(Severity.WARNING, "plateau"),
        mark(Severity.FATAL, "diverging"),
        mark(Severity.WARNING, "saturation", 7),
    )
    drawing = drawn(marks=marks)
    both, one = notes(drawing)["■ ×2"], notes(drawing)["▲"]
    assert (both["x"], one["x"]) == (4, 7)
    assert both["font"]["color"] != one["font"]["color"]
    assert both["hovertext"] == "■ diverging: What diverging says.<br>▲ plateau: What plateau says."
    said = drawing["layout"]["meta"]["caption"]
    assert said.endswith("Marked: ■ diverging, plateau at epoch 4; ▲ saturation at epoch 7.")


def test_hostile_sentences_are_shown_as_they_are() -> None:
    hostile = replace(mark(Severity.WARNING), summary="<b>x</b>" * 5000, check="<i>")
    note = notes(drawn(marks=(hostile,), shapes=(Shape("<s>"),)))["▲"]
    assert "<b>" not in note["hovertext"]
    assert "<i>" not in note["hovertext"]
    assert len(note["hovertext"]) < 400


def test_a_run_without_names_has_none() -> None:
    assert set(notes(drawn())) == {"training", "validation"}
