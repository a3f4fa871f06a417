"""The confusion matrix as a figure: mistakes are coloured, hits are not."""

from diagnostics import History
from service.dashboard.figures import TRIAL_FIGURES, Drawing, TrialScene
from service.dashboard.figures.scene import Confusion


def drawn(confusion: Confusion | None, *, ended: bool = True) -> Drawing:
    scene = TrialScene(History(), 5, ended, confusion=confusion)
    drawing: Drawing = TRIAL_FIGURES.load("confusion")().draw(scene)
    return drawing


def test_mistakes_are_coloured_by_their_share() -> None:
    drawing = drawn(Confusion(((6, 2), (0, 5)), ("cat", "<dog>")))
    cells, numbers = drawing["data"]
    assert cells["z"] == [[None, 0.25], [None, None]]
    assert cells["text"][0][1] == "2 samples of cat taken for &lt;dog&gt;: 25.0 %"
    assert numbers["text"] == ["6", "2", "5"]
    said = drawing["layout"]["meta"]["caption"]
    assert said.startswith("2 of 13 samples are wrong after the last epoch; most often cat")


def test_a_model_without_mistakes() -> None:
    said = drawn(Confusion(((3, 0), (0, 4)), ("0", "1")))["layout"]["meta"]["caption"]
    assert said == "All 7 samples are classified right, after the last epoch."


def test_many_classes_have_no_numbers() -> None:
    counts = tuple(tuple(1 for _ in range(13)) for _ in range(13))
    assert len(drawn(Confusion(counts, tuple(map(str, range(13)))))["data"]) == 1


def test_what_will_come_and_what_never_came() -> None:
    assert "when the trial ends" in drawn(None, ended=False)["layout"]["meta"]["empty"]
    assert "evaluation.confusion" in drawn(None)["layout"]["meta"]["empty"]
