"""The rule that stops nothing."""

from service.search.stopping.none import None_


def test_never_judges_and_always_keeps() -> None:
    assert not any(None_().judges(epoch, 50) for epoch in range(1, 51))
    assert None_().decide(3, 0.0, [1.0] * 20, "maximize").keep
