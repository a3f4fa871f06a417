"""Which settings matter, as bars and in a sentence."""

from dataclasses import replace

from service.dashboard.figures import STUDY_FIGURES, Drawing
from tests.service.dashboard.figures.study.crowds import at_random, study

SHARES = (("optimizer.lr", 0.802), ("optimizer.weight_decay", 0.1), ("model.<b>x", 0.001))


def draw(*shares: tuple[str, float]) -> Drawing:
    scene = replace(study(at_random(20)), importance=shares)
    drawing: Drawing = STUDY_FIGURES.load("importance")().draw(scene)
    return drawing


def test_the_most_important_stands_on_top() -> None:
    drawing = draw(*SHARES)
    [bars] = drawing["data"]
    assert bars["x"] == [80.2, 10.0, 0.1]
    assert bars["y"] == ["lr", "weight decay", "model.&lt;b&gt;x"]
    assert bars["text"] == ["80 %", "10 %", "under 1 %"]
    assert drawing["layout"]["yaxis"]["autorange"] == "reversed"


def test_what_is_left_to_combinations_is_told() -> None:
    assert draw(*SHARES)["layout"]["meta"]["caption"] == (
        "lr alone explains 80 % of the differences in validation accuracy; "
        "10 % is left to combinations of settings and to chance. Complete trials only."
    )
    assert "left" not in draw(("optimizer.lr", 0.99))["layout"]["meta"]["caption"]


def test_many_settings_are_cut_and_told() -> None:
    drawing = draw(*((f"model.x{i}", 0.05) for i in range(14)))
    assert len(drawing["data"][0]["x"]) == 10
    assert "The 10 that matter most of 14." in drawing["layout"]["meta"]["caption"]
