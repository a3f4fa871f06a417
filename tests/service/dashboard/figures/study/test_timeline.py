"""How busy workers were: the heights, the colours' meaning, and what hovering says."""

import json
from typing import Any

import pytest

from service.dashboard.figures.busy import ROWS
from service.dashboard.figures.scene import Point, Span
from service.dashboard.figures.study.timeline import Timeline
from tests.service.dashboard.figures.study.scenes import point, study


def span(number: int, start: float, end: float | None, worker: str = "a", **facts: Any) -> Span:
    of: Point = facts.pop("of", point(number))
    given = {"lease": 1, "slots": 2, "state": "ended"} | facts
    return Span(of, worker, start=start, end=end, **given)


def drawn(*spans: Span, elapsed: float = 100.0) -> dict[str, Any]:
    figure: dict[str, Any] = Timeline().draw(study(spans=spans, elapsed=elapsed))
    return figure


def area(drawing: dict[str, Any], name: str) -> list[float]:
    [trace] = [t for t in drawing["data"] if t.get("name") == name and "stackgroup" in t]
    return list(trace["y"])


def told(drawing: dict[str, Any]) -> list[str]:
    return [text for trace in drawing["data"] for text in trace.get("text", ())]


def caption(drawing: dict[str, Any]) -> str:
    return str(drawing["layout"]["meta"]["caption"])


def test_a_row_is_as_high_as_the_trials_that_ran() -> None:
    heights = area(drawn(span(0, 0, 100), span(1, 50, 100)), "complete")
    assert heights[:100] == pytest.approx([1.0] * 100)
    assert heights[100:] == pytest.approx([2.0] * 101)


def test_part_of_a_step_counts_in_part() -> None:
    heights = area(drawn(span(0, 0, 100), span(1, 0.25, 0.5)), "complete")
    assert heights[0] == pytest.approx(1.5)


def test_time_is_told_apart_by_what_it_gave() -> None:
    drawing = drawn(
        span(0, 0, 50),
        span(1, 0, 50, of=point(1, 0.2, "pruned")),
        span(2, 50, 80, state="lost"),
        span(3, 50, None, of=point(3, None, "running"), state="running"),
        span(4, 80, 90, state="released"),
    )
    names = [t["name"] for t in drawing["data"] if "stackgroup" in t]
    assert names == [
        "complete",
        "running",
        "pruned",
        "lost",
        "other",
    ]
    assert area(drawing, "running")[-1] == pytest.approx(1.0)
    assert "Other: given back, failed or cancelled. 1 attempt lost with a worker" in caption(
        drawing
    )


def test_the_caption_tells_how_busy_slots_were_while_their_worker_trained() -> None:
    drawing = drawn(span(0, 0, 40), span(1, 20, 40), span(2, 80, 100, lease=2))
    assert "Slots busy while their worker trained: 66.7 %." in caption(drawing)


def test_hovering_tells_the_lease_and_the_trials() -> None:
    says = told(drawn(*(span(n, 0, 100, slots=8) for n in range(5)), span(5, 50, 100)))
    assert says[0] == "lease 1, trials 0, 1, 2 and 2 more"
    assert says[-1] == "lease 1, trials 0, 1, 2 and 3 more"


def test_nothing_is_told_of_time_when_a_worker_did_nothing() -> None:
    drawing = drawn(span(0, 0, 10), span(1, 90, 100))
    assert 0 < len(told(drawing)) < 60


def test_each_worker_has_a_row_and_the_rest_share_one() -> None:
    spans = [span(n, 0, 50 + n, worker=f"worker-{n:02}") for n in range(20)]
    layout = drawn(*spans)["layout"]
    axes = [layout[key] for key in layout if key.startswith("yaxis")]
    assert len(axes) == ROWS
    assert "worker-19" in axes[-2]["ticktext"][0]
    assert "9 more" in axes[-1]["ticktext"][0]
    assert axes[-1]["range"] == [0, 18]


def test_a_hostile_name_stays_text() -> None:
    drawing = drawn(span(0, 0, 100, worker="<b>%{x}\u202e" + "x" * 10_000))
    text = json.dumps(drawing)
    assert "<b>" not in text
    assert "%{x}" not in text
    assert len(text) < 20_000


def test_many_spans_stay_small() -> None:
    spans = [span(n, n / 10, n / 10 + 3, worker=f"w{n % 40}", lease=n // 50) for n in range(20_000)]
    text = json.dumps(drawn(*spans, elapsed=2003.0), separators=(",", ":"))
    assert len(text) < 120_000
