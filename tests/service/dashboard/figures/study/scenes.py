"""Studies to draw, without a database."""

from typing import Any

from hypothesis import strategies as st

from service.dashboard.figures.scene import Axis, Curve, Point, Rung, Span, StudyScene
from service.tables import ATTEMPT_STATES, TRIAL_STATES

LR = Axis("optimizer.lr", 1e-4, 1.0, log=True)
DROPOUT = Axis("model.dropout", 0.0, 0.5, log=False)

NUMBERS = st.none() | st.floats(-1e100, 1e100)
POINTS = st.builds(
    Point,
    trial=st.integers(1, 99),
    number=st.integers(0, 10**6),
    state=st.sampled_from(TRIAL_STATES),
    params=st.dictionaries(
        st.sampled_from([LR.path, DROPOUT.path, "model.activation"]),
        st.floats() | st.text() | st.integers() | st.booleans(),
    ),
    value=NUMBERS,
    epochs=st.integers(0, 50),
)


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """Any curve, also one whose numbers are missing or negative."""
    epochs = draw(st.lists(st.integers(1, 60), max_size=30, unique=True).map(sorted))
    many = st.tuples(*[NUMBERS for _ in epochs])
    return Curve(draw(POINTS), tuple(epochs), draw(many), draw(many), draw(many))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Any go at a trial, also one that took no time."""
    start = draw(st.floats(0, 1e7))
    end = draw(st.none() | st.floats(0, 1e6).map(lambda length: start + length))
    name = draw(st.text(max_size=30) | st.sampled_from("abcdefghijklmnop"))
    state = draw(st.sampled_from(ATTEMPT_STATES))
    lease, slots = draw(st.integers(1, 9)), draw(st.integers(1, 64))
    return Span(draw(POINTS), name, lease, slots, state, start, end)


RUNGS = st.builds(
    Rung, st.integers(1, 10**4), st.integers(0, 10**5), st.integers(0, 10**5), NUMBERS
)
STUDIES = st.builds(
    StudyScene,
    metric=st.sampled_from(["val_accuracy", "val_loss", "my_metric"]),
    maximize=st.booleans(),
    axes=st.sampled_from([(), (LR,), (LR, DROPOUT)]),
    points=st.lists(POINTS, max_size=12).map(tuple),
    others=st.sampled_from([(), ("model.activation",)]),
    curves=st.lists(curves(), max_size=8).map(tuple),
    rungs=st.lists(RUNGS, max_size=8).map(tuple),
    spans=st.lists(spans(), max_size=20).map(tuple),
    elapsed=st.floats(0, 1e7),
)


def point(
    number: int, value: float | None = 0.9, state: str = "complete", lr: float = 0.1
) -> Point:
    """A trial that has trained; its id is 100 above its number."""
    return Point(100 + number, number, state, {LR.path: lr}, value, epochs=10)


def study(*points: Point, **facts: Any) -> StudyScene:
    """A study of lr that maximises the validation accuracy, with these facts beside."""
    own: dict[str, Any] = {"metric": "val_accuracy", "maximize": True, "axes": (LR,)}
    return StudyScene(points=points, **(own | facts))
